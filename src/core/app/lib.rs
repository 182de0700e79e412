//! The application logic of Headroom: [`State`], what can happen to it ([`Event`]), and what it asks of the browser
//! ([`Effect`]).
//!
//! [`State::update`] is the one place where decisions are made. The platform performs the effects and feeds their
//! results back as events; the views read the state and send events.
//!
//! **Invariant:** no clock, no randomness, no browser, no I/O. Their values arrive in events.

mod accounts;
pub mod advice_text;
pub mod assess;
mod background_chats;
pub mod charts;
mod chat;
mod composer;
mod counting;
mod deleted_chats;
mod dropped_fields;
mod effect;
mod event;
mod event_data;
mod exact_count;
mod fitting;
mod history;
mod lanes;
mod model_selection;
mod other_tabs;
mod pacing;
mod queue;
mod queue_text;
mod refusals;
mod request_log;
mod request_log_sync;
pub mod rules;
mod run;
mod run_end;
mod run_lifecycle;
pub mod saved;
mod send;
mod settings;
mod state;
mod suggested_fix;
mod suggestions;
mod token_view;
mod update;
mod usage_history;
pub mod verdict_text;
mod worker_queue;

pub use accounts::{Account, CreditLine, credit_line};
pub use chat::{Answer, Ending, Entry, Id, Lane, LaneId, Setup, Turn};
pub use composer::{RequestTokens, SendProblem};
pub use counting::{Count, CountId, Counter, TextKey};
pub use effect::{Effect, Outgoing};
pub use event::{ConnectionError, Event, Panel, Read, RunId, SecretInput, StoredState};
pub use lanes::{Badge, Lanes, MOST_LANES};
pub use queue::{MOST_REFUSALS, QueueItem, Waits, queue_item};
pub use refusals::{Refusal, Retry};
pub use settings::{KeyMode, LearnedCorrection, SIMULATOR, Settings};
pub use state::{Chat, Edit, LaneState, Models, Overdue, State, id_at};
pub use suggested_fix::{SuggestedFix, cap_after_refusal, suggested_fix};
pub use token_view::{CountCaveat, InOther, TokenBoundaries, TokenSheet, TokenText};
pub use usage_history::{cap_advice, plan_signals, prices, uses, why_cut};
pub use worker_queue::WorkerQueue;

#[cfg(test)]
mod tests;
