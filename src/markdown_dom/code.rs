//! A code block, which may have thousands of lines and grow on each frame.

use web_sys::{Document as Dom, Element};

use crate::dom_text::{AppendOnlyText, child};

/// Creates the frame of a code block. Returns the node for its text.
pub(super) fn frame(
    dom: &Dom,
    element: &Element,
    language: Option<&str>,
    attributes: Option<&str>,
) -> Option<AppendOnlyText> {
    let language = language.unwrap_or("text");
    element.set_class_name("code");
    // Code is left-to-right, even in a right-to-left answer.
    element.set_attribute("dir", "ltr").ok()?;
    let header = child(dom, element, "div")?;
    header.set_class_name("code-language");
    header.set_text_content(Some([language, attributes.unwrap_or_default()].join(" ").trim_end()));
    let pre = child(dom, element, "pre")?;
    // Long lines scroll sideways, so the keyboard must be able to reach this element.
    pre.set_attribute("tabindex", "0").ok()?;
    pre.set_attribute("role", "group").ok()?;
    pre.set_attribute("aria-label", &format!("Code, {language}")).ok()?;
    Some(AppendOnlyText::new(child(dom, &pre, "code")?))
}
