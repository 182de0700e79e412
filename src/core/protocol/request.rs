//! Builds the body and the headers of a request, in the provider's dialect.
//!
//! A field is sent only if the user set it and the provider knows it: Cerebras rejects an unknown one with 400.

use headroom_domain::{
    ContentPart, Dialect, Effort, Message, Model, Provider, RequestSpec, ResponseFormat, Role, Tool,
};
use serde_json::{Map, Value, json};

/// The field that requests a usage report at the end of a stream.
pub(crate) const STREAM_OPTIONS: &str = "stream_options";

/// A streamed chat completion request.
#[derive(Clone, Copy, Debug)]
pub struct ChatRequest<'a> {
    /// The provider.
    pub provider: &'a Provider,
    /// The model; its known properties decide what it can be sent.
    pub model: &'a Model,
    /// The conversation, oldest first, the system prompt included.
    pub messages: &'a [Message],
    /// What the user set.
    pub spec: &'a RequestSpec,
}

impl ChatRequest<'_> {
    /// Returns the body as JSON. The same request gives the same bytes, so that provider-side prompt caches and
    /// recorded tests hit.
    #[must_use]
    pub fn body(&self) -> String {
        Value::Object(self.fields()).to_string()
    }

    /// Returns the fields of the body.
    #[must_use]
    pub fn fields(&self) -> Map<String, Value> {
        let dialect = self.provider.dialect;
        let mut body = Map::new();
        body.insert("model".into(), self.model.id.as_str().into());
        body.insert("messages".into(), self.messages.iter().map(|said| message(dialect, said)).collect());
        body.insert("stream".into(), true.into());
        if !self.provider.no_stream_options {
            body.insert(STREAM_OPTIONS.into(), json!({"include_usage": true}));
        }
        self.add_parameters(&mut body);
        if let Some(format) = response_format(&self.spec.response_format) {
            body.insert("response_format".into(), format);
        }
        if !self.spec.tools.is_empty() {
            body.insert("tools".into(), self.spec.tools.iter().map(tool).collect());
        }
        body
    }

    /// Returns the headers except `Authorization`, which only [`headroom_domain::ApiKey::authorization_for`] can make:
    /// this request can be kept, compared and shown without a secret in it.
    #[must_use]
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        vec![("Content-Type", "application/json".to_owned())]
    }

    fn add_parameters(&self, body: &mut Map<String, Value>) {
        let set = &self.spec.parameters;
        let cap = self.provider.cap_field.name();
        let numbers = [
            ("temperature", set.temperature),
            ("top_p", set.top_p),
            ("frequency_penalty", set.frequency_penalty),
            ("presence_penalty", set.presence_penalty),
        ];
        let numbers = numbers.into_iter().filter_map(|(name, number)| Some((name, number.filter(|n| n.is_finite())?)));
        body.extend(numbers.map(|(name, number)| (name.to_owned(), number.into())));
        body.extend(set.max_completion_tokens.map(|most| (cap.to_owned(), most.into())));
        body.extend(set.seed.map(|seed| ("seed".to_owned(), seed.into())));
        if !set.stop.is_empty() {
            body.insert("stop".into(), set.stop.as_slice().into());
        }
        let efforts = efforts_of(self.provider.dialect, self.model);
        if let Some(effort) = set.reasoning_effort.filter(|effort| efforts.contains(effort)) {
            if self.provider.dialect.traits().nests_effort {
                body.insert("reasoning".into(), json!({"effort": effort.name()}));
            } else {
                body.insert("reasoning_effort".into(), effort.name().into());
            }
        }
    }
}

/// Returns the reasoning efforts a model is known to accept; if none are known, none is sent.
#[must_use]
pub fn efforts_of(dialect: Dialect, model: &Model) -> &'static [Effort] {
    const GRADED: &[Effort] = &[Effort::Low, Effort::Medium, Effort::High];
    const WITH_NONE: &[Effort] = &[Effort::None, Effort::Low, Effort::Medium, Effort::High];
    if dialect.traits().efforts_with_none.is_some_and(|begin| model.id.starts_with(begin)) {
        return WITH_NONE;
    }
    let listed = model.supported_parameters.iter().any(|name| name == "reasoning_effort" || name == "reasoning");
    if listed || model.id.contains("gpt-oss") { GRADED } else { &[] }
}

fn message(dialect: Dialect, said: &Message) -> Value {
    let mut fields = Map::new();
    fields.insert("role".into(), role(dialect, said.role).into());
    // A turn that only calls tools has no content; otherwise an empty string is still content.
    let content = match (said.content.as_str(), said.attachments.as_slice()) {
        ("", []) if !said.tool_calls.is_empty() => Value::Null,
        (text, []) => text.into(),
        (text, attachments) => {
            let text = Some(text).filter(|text| !text.is_empty()).map(|text| json!({"type": "text", "text": text}));
            text.into_iter().chain(attachments.iter().map(part)).collect()
        }
    };
    fields.insert("content".into(), content);
    if said.role == Role::Assistant && !said.tool_calls.is_empty() {
        let calls = said.tool_calls.iter().map(|call| {
            json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}})
        });
        fields.insert("tool_calls".into(), calls.collect());
    }
    if let (Role::Tool, Some(id)) = (said.role, &said.tool_call_id) {
        fields.insert("tool_call_id".into(), id.as_str().into());
    }
    Value::Object(fields)
}

fn part(part: &ContentPart) -> Value {
    match part {
        ContentPart::Text(text) => json!({"type": "text", "text": text}),
        ContentPart::Image(image) => json!({"type": "image_url", "image_url": {"url": image.address()}}),
    }
}

fn response_format(format: &ResponseFormat) -> Option<Value> {
    match format {
        ResponseFormat::Text => None,
        ResponseFormat::JsonObject => Some(json!({"type": "json_object"})),
        ResponseFormat::JsonSchema { name, schema, strict } => Some(json!({
            "type": "json_schema",
            "json_schema": {"name": name, "strict": strict, "schema": schema_of(schema)},
        })),
    }
}

fn tool(tool: &Tool) -> Value {
    let mut function = json!({"name": tool.name});
    if let Value::Object(function) = &mut function {
        if !tool.description.is_empty() {
            function.insert("description".into(), tool.description.as_str().into());
        }
        if !tool.parameters.is_empty() {
            function.insert("parameters".into(), schema_of(&tool.parameters));
        }
    }
    json!({"type": "function", "function": function})
}

/// Returns a schema as JSON. One that is not JSON is sent as it was written: the provider's rejection says so.
fn schema_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// Returns the role's name.
const fn role(dialect: Dialect, role: Role) -> &'static str {
    match role {
        Role::Developer if !dialect.traits().has_developer_role => Role::System.name(),
        _ => role.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_domain::{Image, Parameters, ToolCall, provider::presets};

    fn provider(id: &str) -> Provider {
        presets().into_iter().find(|preset| preset.id == id).unwrap()
    }

    fn body(provider_id: &str, model: &Model, messages: &[Message], parameters: &Parameters) -> Value {
        let spec = RequestSpec { parameters: parameters.clone(), ..RequestSpec::default() };
        body_of(provider_id, model, messages, &spec)
    }

    fn body_of(provider_id: &str, model: &Model, messages: &[Message], spec: &RequestSpec) -> Value {
        let provider = provider(provider_id);
        let request = ChatRequest { provider: &provider, model, messages, spec };
        assert_eq!(request.body(), request.body(), "the same bytes each time");
        serde_json::from_str(&request.body()).unwrap()
    }

    fn everything() -> Parameters {
        Parameters {
            max_completion_tokens: Some(100),
            temperature: Some(0.5),
            top_p: Some(0.9),
            seed: Some(-7),
            stop: vec!["END".into()],
            frequency_penalty: Some(0.25),
            presence_penalty: Some(f64::NAN),
            reasoning_effort: Some(Effort::Low),
            unreadable: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_set_is_not_sent() {
        for id in ["cerebras", "openrouter", "groq", "ollama"] {
            assert_eq!(
                body(id, &Model::named("m"), &[Message::user("hi"), Message::assistant("")], &Parameters::default()),
                json!({"model":"m","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":""}],"stream":true,"stream_options":{"include_usage":true}}),
                "{id}"
            );
        }
    }

    #[test]
    fn every_parameter_has_its_name_in_the_dialect() {
        let gpt = Model::named("gpt-oss-120b");
        let expected = json!({
            "model":"gpt-oss-120b","messages":[],"stream":true,"stream_options":{"include_usage":true},
            "max_completion_tokens":100,"temperature":0.5,"top_p":0.9,"seed":-7,"stop":["END"],"frequency_penalty":0.25,
            "reasoning_effort":"low",
        });
        assert_eq!(body("cerebras", &gpt, &[], &everything()), expected);
        assert_eq!(body("groq", &gpt, &[], &everything()), expected);
        let ollama = body("ollama", &gpt, &[], &everything());
        assert_eq!((&ollama["max_tokens"], &ollama["max_completion_tokens"]), (&json!(100), &Value::Null));
        let openrouter = body("openrouter", &gpt, &[], &everything());
        assert_eq!(
            (&openrouter["reasoning"], &openrouter["reasoning_effort"]),
            (&json!({"effort":"low"}), &Value::Null)
        );
    }

    #[test]
    fn an_effort_goes_only_to_models_known_to_take_it() {
        let listing = |name: &str| Model { supported_parameters: vec![name.into()], ..Model::named("x") };
        for (dialect, model, efforts) in [
            (Dialect::Cerebras, Model::named("gpt-oss-120b"), "low medium high"),
            (Dialect::Cerebras, Model::named("qwen-3.8-27b"), "none low medium high"),
            (Dialect::Cerebras, Model::named("llama-x"), ""),
            (Dialect::Generic, Model::named("openai/gpt-oss-20b"), "low medium high"),
            (Dialect::Generic, Model::named("qwen-3.8-27b"), ""),
            (Dialect::OpenRouter, listing("reasoning_effort"), "low medium high"),
            (Dialect::OpenRouter, listing("reasoning"), "low medium high"),
            (Dialect::OpenRouter, listing("tools"), ""),
        ] {
            let names: Vec<&str> = efforts_of(dialect, &model).iter().map(|effort| effort.name()).collect();
            assert_eq!(names.join(" "), efforts, "{dialect:?} {}", model.id);
        }
        let none = Parameters { reasoning_effort: Some(Effort::None), ..Parameters::default() };
        assert_eq!(body("cerebras", &Model::named("gpt-oss-120b"), &[], &none)["reasoning_effort"], Value::Null);
    }

    #[test]
    fn past_reasoning_stays_here_and_tool_calls_go_back() {
        let call = ToolCall { id: "c1".into(), name: "add".into(), arguments: "{\"x\":1}".into() };
        let asked = Message { reasoning: "a secret thought".into(), tool_calls: vec![call], ..Message::assistant("") };
        let answered = Message { tool_call_id: Some("c1".into()), ..Message::new(Role::Tool, "2") };
        let sent = body("cerebras", &Model::named("m"), &[asked, answered], &Parameters::default());
        assert_eq!(
            sent["messages"],
            json!([
                {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{\"x\":1}"}}]},
                {"role":"tool","content":"2","tool_call_id":"c1"},
            ])
        );
    }

    #[test]
    fn the_developer_is_called_system_where_the_name_is_not_known() {
        for (id, role) in
            [("cerebras", "developer"), ("openrouter", "developer"), ("groq", "system"), ("vllm", "system")]
        {
            let sent =
                body(id, &Model::named("m"), &[Message::new(Role::Developer, "be brief")], &Parameters::default());
            assert_eq!(sent["messages"][0]["role"], role, "{id}");
        }
    }

    #[test]
    fn a_format_and_tools_go_along() {
        let schema = r#"{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"number"}}}"#;
        let spec = RequestSpec {
            response_format: ResponseFormat::JsonSchema { name: "s".into(), schema: schema.into(), strict: true },
            tools: vec![
                Tool { name: "now".into(), ..Tool::default() },
                Tool { name: "add".into(), description: "Adds".into(), parameters: "{broken".into() },
            ],
            ..RequestSpec::default()
        };
        let sent = body_of("cerebras", &Model::named("m"), &[], &spec);
        let format = &sent["response_format"];
        assert_eq!((&format["type"], &format["json_schema"]["strict"]), (&json!("json_schema"), &json!(true)));
        assert_eq!(format["json_schema"]["schema"], serde_json::from_str::<Value>(schema).unwrap());
        assert_eq!(
            sent["tools"],
            json!([
                {"type":"function","function":{"name":"now"}},
                {"type":"function","function":{"name":"add","description":"Adds","parameters":"{broken"}},
            ])
        );
        let object = RequestSpec { response_format: ResponseFormat::JsonObject, ..RequestSpec::default() };
        let sent = body_of("groq", &Model::named("m"), &[], &object);
        assert_eq!(sent["response_format"], json!({"type":"json_object"}));
    }

    #[test]
    fn an_image_follows_the_text_of_its_message() {
        let image = Image { media_type: "image/png".into(), data: "AAAA".into(), width: 1, height: 1 };
        let parts = vec![ContentPart::Image(image), ContentPart::Text("and this".into())];
        let said = Message { attachments: parts, ..Message::user("look") };
        let sent = body("openrouter", &Model::named("m"), std::slice::from_ref(&said), &Parameters::default());
        assert_eq!(
            sent["messages"][0]["content"],
            json!([
                {"type":"text","text":"look"},
                {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
                {"type":"text","text":"and this"},
            ])
        );
        let alone = Message { content: String::new(), ..said };
        let sent = body("openrouter", &Model::named("m"), &[alone], &Parameters::default());
        assert_eq!(sent["messages"][0]["content"][0]["type"], "image_url");
    }

    #[test]
    fn no_header_goes_out_that_would_kill_the_preflight() {
        for preset in presets() {
            let (model, spec) = (Model::named("m"), RequestSpec::default());
            let request = ChatRequest { provider: &preset, model: &model, messages: &[], spec: &spec };
            let names: Vec<&str> = request.headers().iter().map(|(name, _)| *name).collect();
            assert_eq!(names, ["Content-Type"], "{}", preset.name);
        }
    }
}
