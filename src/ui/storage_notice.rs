//! The line above the message box when something is not saved, with what can be done about it.

use headroom_app::{Event, NoticeAction, State, StorageNotice};
use leptos::prelude::*;

use super::{
    Ui,
    controls::button,
    reactive::{children, derived},
};

pub(super) fn storage_notice(ui: Ui) -> AnyView {
    let notice = ui.slice(State::storage_notice);
    let text = move || notice.get().map(|StorageNotice { text, .. }| text);
    let action = move || {
        let (label, event) = match notice.get().and_then(|notice| notice.action) {
            Some(NoticeAction::SaveFile) => ("Save a file now", Event::SaveFilePressed),
            Some(NoticeAction::KeepChat) => ("Keep this chat", Event::DeletedChatKept),
            None => return ().into_any(),
        };
        button("link", "storage-action", label.into_any(), move || ui.dispatch.send(event.clone()))
    };
    view! {
        <p class="storage-notice" role="status" hidden=derived(move || notice.get().is_none())>
            <span data-testid="storage-problem">{derived(text)}</span>
            " "
            {children(action)}
        </p>
    }
    .into_any()
}
