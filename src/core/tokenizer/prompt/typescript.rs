//! Formats functions as harmony shows them to the model: as TypeScript types, with everything else in comments.
//!
//! Each quirk is one of `openai-harmony` 0.0.8, including the place of commas and indents: the count depends on exactly
//! what the model sees.

use super::json::{Json, Style};

/// Writes all functions, in their namespace.
pub(super) fn namespace(tools: &[Json]) -> String {
    let mut out = "## functions\n\nnamespace functions {\n\n".to_owned();
    for function in tools.iter().filter_map(|tool| tool.get("function")) {
        let description = text(function, "description").unwrap_or_default();
        description.lines().for_each(|line| push(&mut out, &["// ", line, "\n"]));
        push(&mut out, &["type ", text(function, "name").unwrap_or_default(), " = ("]);
        if let Some(parameters) = function.get("parameters").filter(|it| **it != Json::Null) {
            out.push_str("_: ");
            write_type(parameters, "", &mut out);
        }
        out.push_str(") => any;\n\n");
    }
    out + "} // namespace functions"
}

fn push(out: &mut String, parts: &[&str]) {
    out.extend(parts.iter().copied());
}

fn text<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    json.get(key).and_then(Json::text)
}

fn is_enum(schema: &Json) -> bool {
    schema.get("enum").and_then(Json::list).is_some_and(|values| !values.is_empty())
}

/// Writes the type that a schema describes.
fn write_type(schema: &Json, indent: &str, out: &mut String) {
    if let Some(variants) = schema.get("oneOf").and_then(Json::list) {
        for variant in variants {
            push(out, &["\n", indent, " | "]);
            write_variant(variant, indent, out);
            let default = variant.get("default").map(|default| match default {
                Json::Text(text) if !is_enum(variant) => format!("default: \"{text}\""),
                default => format!("default: {}", default.to_text(Style::Compact)),
            });
            comment(out, [text(variant, "description").map(str::to_owned), default]);
        }
        return;
    }
    let several: Vec<&str> =
        schema.get("type").and_then(Json::list).unwrap_or_default().iter().filter_map(Json::text).collect();
    if !several.is_empty() {
        let names: Vec<&str> =
            several.into_iter().map(|name| if name == "integer" { "number" } else { name }).collect();
        out.push_str(&names.join(" | "));
        return;
    }
    match text(schema, "type") {
        Some("object") => write_object(schema, indent, out),
        Some("string") => {
            let values = schema.get("enum").and_then(Json::list).unwrap_or_default();
            let values: Vec<String> =
                values.iter().filter_map(Json::text).map(|value| format!("\"{value}\"")).collect();
            out.push_str(&if values.is_empty() { "string".to_owned() } else { values.join(" | ") });
        }
        Some("number" | "integer") => out.push_str("number"),
        Some("boolean") => out.push_str("boolean"),
        Some("array") => match schema.get("items") {
            Some(items) => {
                write_type(items, indent, out);
                out.push_str("[]");
            }
            None => out.push_str("Array<any>"),
        },
        _ => out.push_str("any"),
    }
}

/// Writes a type, and whether it may be null.
fn write_nullable(schema: &Json, indent: &str, out: &mut String) {
    let start = out.len();
    write_type(schema, indent, out);
    let says_so = out.get(start..).is_some_and(|written| written.contains("null"));
    if schema.get("nullable") == Some(&Json::Bool(true)) && !says_so {
        out.push_str(" | null");
    }
}

fn write_variant(variant: &Json, indent: &str, out: &mut String) {
    write_nullable(variant, &format!("{indent}   "), out);
}

/// Writes the rest of the schema after the type, as a comment.
fn comment(out: &mut String, parts: [Option<String>; 2]) {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if !parts.is_empty() {
        push(out, &[" // ", &parts.join(" ")]);
    }
}

/// Returns a field's default value: a string in quotes, unless it is a variant of an enum.
fn default_of(schema: &Json) -> Option<String> {
    schema.get("default").map(|default| match default {
        Json::Text(text) if is_enum(schema) => format!("default: {text}"),
        Json::Text(text) => format!("default: \"{text}\""),
        default => format!("default: {}", default.to_text(Style::Compact)),
    })
}

fn write_object(schema: &Json, indent: &str, out: &mut String) {
    if let Some(description) = text(schema, "description") {
        push(out, &[indent, "// ", description, "\n"]);
    }
    out.push_str("{\n");
    let required: std::collections::BTreeSet<&str> =
        schema.get("required").and_then(Json::list).unwrap_or_default().iter().filter_map(Json::text).collect();
    for (key, value) in schema.get("properties").map(Json::entries).unwrap_or_default() {
        let optional = if required.contains(key.as_str()) { "" } else { "?" };
        write_remarks(value, indent, out);
        if let Some(variants) = value.get("oneOf").and_then(Json::list) {
            write_choice(key, optional, value, variants, indent, out);
            continue;
        }
        push(out, &[indent, key, optional, ": "]);
        write_nullable(value, &format!("{indent}    "), out);
        out.push(',');
        comment(out, [default_of(value).filter(|_| value.get("oneOf").is_none()), None]);
        out.push('\n');
    }
    push(out, &[indent, "}"]);
}

/// Writes the comments above a field.
fn write_remarks(field: &Json, indent: &str, out: &mut String) {
    if let Some(title) = text(field, "title") {
        push(out, &[indent, "// ", title, "\n", indent, "//\n"]);
    }
    if let Some(description) = text(field, "description").filter(|_| field.get("oneOf").is_none()) {
        push(out, &[indent, "// ", description, "\n"]);
    }
    if let Some(examples) = field.get("examples").and_then(Json::list).filter(|all| !all.is_empty()) {
        push(out, &[indent, "// Examples:\n"]);
        examples.iter().filter_map(Json::text).for_each(|it| push(out, &[indent, "// - \"", it, "\"\n"]));
    }
}

/// Writes a field of one of several types, one per line.
fn write_choice(key: &str, optional: &str, field: &Json, variants: &[Json], indent: &str, out: &mut String) {
    let description = text(field, "description");
    let first = variants.first().and_then(|variant| text(variant, "description"));
    let above = description.filter(|it| first != Some(*it));
    if let Some(above) = above {
        push(out, &[indent, "// ", above, "\n"]);
    }
    if let Some(default) = default_of(field) {
        push(out, &[indent, "// ", &default, "\n"]);
    }
    push(out, &[indent, key, optional, ":\n"]);
    for (place, variant) in variants.iter().enumerate() {
        push(out, &[indent, " | "]);
        write_variant(variant, indent, out);
        let own =
            text(variant, "description").filter(|own| Some(*own) != description && (place > 0 || above.is_none()));
        comment(out, [own.map(str::to_owned), default_of(variant)]);
        out.push('\n');
    }
    push(out, &[indent, ",\n"]);
}
