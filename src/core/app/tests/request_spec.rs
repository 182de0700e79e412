//! What was asked for stays with the answer, and goes out as it is when the request is sent.

use headroom_domain::{ContentPart, Image, Parameters, RequestSpec, ResponseFormat, Tool};

use super::{Page, kept_turn, lanes::lanes, sent};
use crate::{setup::saved_settings::SavedSettings, *};

fn tool() -> Tool {
    Tool { name: "now".into(), description: "The time".into(), parameters: r#"{"type":"object"}"#.into() }
}

fn json(body: &str) -> serde_json::Value {
    serde_json::from_str(body).unwrap()
}

/// The parameters an answer was asked with were nowhere: changed since, they were taken for those of the answer.
#[test]
fn an_answer_knows_what_it_was_asked_with_whatever_is_set_afterward() {
    let mut page = Page::ready();
    page.happens(Event::SystemChanged("be brief".into()));
    let set = |temperature| Event::ParametersChanged {
        lane: None,
        parameters: Parameters { temperature: Some(temperature), ..Parameters::default() },
    };
    page.happens(set(0.5));
    let (run, _) = page.sends("hello");
    page.happens(set(1.5));
    page.happens(Event::SystemChanged("be long".into()));
    let effects = page.answered(run, "ok");
    let asked = kept_turn(&effects).unwrap().answers[0].request.clone().unwrap();
    assert_eq!((asked.parameters.temperature, asked.system.as_str()), (Some(0.5), "be brief"));
    // It is saved, and comes back.
    let turn: Turn = saved::read(&saved::write(kept_turn(&effects).unwrap())).unwrap();
    assert_eq!(turn.answers[0].request, Some(asked));
}

/// A cap that was chosen to fit the limits is part of what was asked.
#[test]
fn a_cap_that_was_lowered_in_the_queue_is_what_goes_out_and_what_the_answer_knows() {
    let mut page = lanes(&["gpt-oss-120b"; 2]);
    let parameters = Parameters { max_completion_tokens: Some(20_000), ..Parameters::default() };
    page.happens(Event::ParametersChanged { lane: None, parameters });
    page.fans_out("hello");
    assert_eq!(page.state.lane_state(1), LaneState::Queued);
    let effects = page.happens(Event::CapLowered { lane: 1, cap: 5_000, now_ms: 1_000.0 });
    let (_, body) = sent(&effects);
    assert_eq!(json(&body)["max_completion_tokens"], 5_000);
    let caps = page.state.chat().turns[0]
        .answers
        .iter()
        .map(|answer| answer.request.as_ref().and_then(|request| request.parameters.max_completion_tokens));
    assert_eq!(caps.collect::<Vec<_>>(), [Some(20_000), Some(5_000)]);
}

#[test]
fn tools_a_format_and_images_are_sent_counted_and_saved() {
    let mut page = Page::ready();
    page.happens(Event::DraftChanged("hello".into()));
    let tokens = |page: &Page| page.state.request_tokens(0).unwrap().tokens;
    let plain = tokens(&page);
    let mut setup = page.state.settings().first_lane().clone();
    setup.tools = vec![tool()];
    setup.response_format =
        ResponseFormat::JsonSchema { name: "s".into(), schema: r#"{"type":"object"}"#.into(), strict: true };
    page.state.choices.settings_mut().lanes = Lanes::new([Lane { id: LaneId(0), setup: setup.clone() }]);
    page.happens(Event::DraftChanged("hello".into()));
    page.happens(Event::SystemChanged(String::new()));
    assert!(tokens(&page) > plain + 5, "{} after {plain}", tokens(&page));
    let (run, body) = page.sends("hello");
    let body = json(&body);
    assert_eq!(body["tools"][0]["function"]["name"], "now");
    assert_eq!(body["response_format"]["json_schema"]["schema"]["type"], "object");
    page.answered(run, "ok");
    let asked = page.answer().request.clone().unwrap();
    assert_eq!(*asked, RequestSpec { tools: vec![tool()], response_format: setup.response_format, ..*asked.clone() });
    let settings = SavedSettings::open(page.state.settings().into()).settings;
    assert_eq!(settings.first_lane().tools, [tool()]);

    // The next request carries the image of the one before.
    let before = tokens(&page);
    let image = Image { media_type: "image/png".into(), data: "AAAA".into(), width: 1_024, height: 1_024 };
    page.state.conversations.chat_mut().turns[0].attachments = vec![ContentPart::Image(image)];
    page.happens(Event::SystemChanged(String::new()));
    assert_eq!(tokens(&page), before + 765);
    let (_, body) = page.sends("again");
    assert_eq!(json(&body)["messages"][0]["content"][1]["type"], "image_url");
}

/// A server that knows the cap by another name rejects the first request.
#[test]
fn a_request_that_is_sent_again_without_a_field_is_the_same_otherwise() {
    let mut page = Page::restore_state();
    page.happens(Event::ProviderAdded {
        name: "Mine".into(),
        base_url: "http://127.0.0.1:1/v1".into(),
        key: SecretInput(String::new()),
        mode: KeyMode::Tab,
    });
    page.happens(Event::ModelChosen { lane: 0, model: "m".into() });
    let (run, first) = page.sends("hello");
    page.happens(Event::ResponseHeaders { run, status: 400, headers: vec![] });
    page.hears(run, r#"{"error":{"message":"Unrecognized request argument supplied: stream_options"}}"#);
    let now_ms = page.now_ms;
    let (again, second) = sent(&page.happens(Event::Ended { run, now_ms }));
    assert_eq!(again, run);
    let (mut first, second) = (json(&first), json(&second));
    first.as_object_mut().unwrap().remove("stream_options");
    assert_eq!(first, second);
}
