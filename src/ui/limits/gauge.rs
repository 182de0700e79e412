//! One limit as a bar: used, in flight, this draft, and the limit line.

use headroom_app::{
    assess::Assessment,
    verdict_text::{clock, sentence},
};
use headroom_domain::{LimitWindow, grouped};
use headroom_limits::Gauge;
use leptos::prelude::*;

use super::super::reactive::{derived, memo};

/// The position of the limit in percent of the bar. The space beyond it shows overflow.
pub(super) const LINE: f64 = 86.0;

/// The content of a row.
#[derive(Clone, PartialEq)]
struct Row {
    limit: u64,
    used: u64,
    reserved: u64,
    left: u64,
    draft: Option<u64>,
    sentence: String,
    whole_in_ms: u64,
}

impl Row {
    fn of(gauge: &Gauge, assessment: &Assessment) -> Self {
        let Gauge { limit, used, reserved, left, whole_in_ms, .. } = *gauge;
        let draft = assessment.draft(limit.window);
        Self { limit: limit.limit, used, reserved, left, draft, sentence: sentence(gauge, draft), whole_in_ms }
    }

    /// The pressure level: how close usage is to the limit.
    fn pressure(&self) -> &'static str {
        let taken = self.limit - self.left.min(self.limit);
        if self.left == 0 || self.draft.is_some_and(|draft| draft > self.limit) {
            "crit"
        } else if self.draft.is_some_and(|draft| draft > self.left) || taken * 5 > self.limit * 4 {
            "warn"
        } else {
            ""
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a limit is far below 2^53")]
    fn share(&self, tokens: u64) -> f64 {
        tokens as f64 / self.limit.max(1) as f64 * LINE
    }

    /// The start and length of used, in flight, draft and overflow, in percent of the bar.
    fn spans(&self) -> [(f64, f64); 4] {
        let (used, reserved) = (self.share(self.used), self.share(self.reserved));
        let begin = (used + reserved).min(LINE);
        let end = begin + self.share(self.draft.unwrap_or(0));
        let inside = end.min(LINE) - begin;
        let over = if end > LINE { (end - LINE).min(100.0 - LINE) } else { 0.0 };
        [(0.0, used), (used, reserved.min(LINE - used.min(LINE))), (begin, inside), (LINE, over)]
    }
}

pub(super) fn gauge(assessment: Memo<Option<Assessment>>, window: &str, model: String) -> AnyView {
    let Some(window) = LimitWindow::from_name(window) else { return ().into_any() };
    let row = memo(Box::new(move || {
        assessment.with(|assessment| {
            let assessment = assessment.as_ref()?;
            let gauge = assessment.gauges.iter().find(|gauge| gauge.limit.window == window)?;
            Some(Row::of(gauge, assessment))
        })
    }));
    draw(row, window.name(), window.traits().short_name, model)
}

/// The context window, if it is the binding limit.
pub(super) fn context(assessment: Memo<Option<Assessment>>, model: String) -> AnyView {
    let row = memo(Box::new(move || {
        assessment.with(|assessment| {
            let assessment = assessment.as_ref()?;
            let (limit, draft) = (assessment.context_tokens?, assessment.need?.tokens());
            let sentence = format!("Context: this draft needs {} of {}", grouped(draft), grouped(limit));
            Some(Row { limit, used: 0, reserved: 0, left: limit, draft: Some(draft), sentence, whole_in_ms: 0 })
        })
    }));
    draw(row, "context", "Context", model)
}

fn draw(row: Memo<Option<Row>>, window: &'static str, name: &'static str, model: String) -> AnyView {
    let plain =
        move |read: fn(&Row) -> u64| derived(move || row.with(|row| row.as_ref().map(|row| read(row).to_string())));
    let draft = derived(move || row.with(|row| row.as_ref()?.draft.map(|draft| draft.to_string())));
    let part = move |class: &'static str, at: usize| {
        let span = memo(Box::new(move || {
            row.with(|row| row.as_ref().and_then(|row| row.spans().get(at).copied()).unwrap_or_default())
        }));
        let style = move |read: fn((f64, f64)) -> f64| derived(move || format!("{:.2}%", read(span.get())));
        let none = derived(move || span.get().1 <= 0.0);
        view! { <i class=class hidden=none style:left=style(|(from, _)| from) style:width=style(|(_, long)| long)></i> }
            .into_any()
    };
    let left = move || {
        row.with(|row| {
            let Some(row) = row else { return String::new() };
            match row.draft {
                Some(draft) if window == "context" => format!("−{}", grouped(draft.saturating_sub(row.limit))),
                _ => headroom_limits::short(row.left),
            }
        })
    };
    let refill = move || {
        row.with(|row| match row {
            Some(_) if window == "context" => "never".to_owned(),
            Some(row) if row.whole_in_ms > 0 => clock(row.whole_in_ms),
            _ => "full".to_owned(),
        })
    };
    view! {
        <div class="gauge" data-testid="limit-gauge" data-model=model data-window=window data-limit=plain(|row| row.limit)
            data-used=plain(|row| row.used) data-reserved=plain(|row| row.reserved) data-left=plain(|row| row.left)
            data-draft=draft data-pressure=derived(move || row.with(|row| row.as_ref().map_or("", Row::pressure)))>
            <span class="gauge-name" aria-hidden="true">{name}</span>
            <span class="bar" role="meter" aria-label=derived(move || row.get().map(|row| row.sentence).unwrap_or_default())
                aria-valuemin="0" aria-valuemax=plain(|row| row.limit) aria-valuenow=plain(|row| row.left)>
                {part("used", 0)}{part("flight", 1)}{part("draft", 2)}{part("over", 3)}
            </span>
            <span class="gauge-left" aria-hidden="true">{derived(left)}</span>
            <span class="gauge-refill" aria-hidden="true">{derived(refill)}</span>
        </div>
    }
    .into_any()
}
