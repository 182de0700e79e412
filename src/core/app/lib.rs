//! The application logic of Headroom: [`State`], what can happen to it ([`Event`]), and what it asks of the browser
//! ([`Effect`]).
//!
//! [`State::update`] is the one place where decisions are made. The platform performs the effects and feeds their
//! results back as events; the views read the state and send events.
//!
//! **Invariant:** no clock, no randomness, no browser, no I/O. Their values arrive in events.

mod composer;
mod conversation;
mod effect;
mod event;
mod event_data;
mod opening;
mod outcomes;
mod runs;
mod scheduler;
mod sending;
mod setup;
mod state;
mod token_view;
mod units;
mod update;
mod usage;
mod worker_queue;

pub use composer::counting::{Count, CountId, Counter, TextKey};
pub use composer::draft::RequestTokens;
pub use conversation::chat::{Answer, Ending, Entry, Id, Lane, LaneId, Setup, Turn};
pub use conversation::refusal::{Refusal, Retry};
pub use conversation::{Chat, Edit, HistoryRow, NoticeAction, StorageNotice, StorageProblem};
pub use effect::{Effect, Outgoing};
pub use event::{ConnectionError, Event, Panel, Read, RunId, SecretInput, StoredState};
pub use runs::lane_runs::{LaneState, Overdue};
pub use scheduler::advice::{cap_advice, plan_signals, why_cut};
pub use scheduler::queue_item::{QueueItem, WaitStatus, queue_item};
pub use scheduler::suggested_fix::{SuggestedFix, cap_after_refusal, suggested_fix};
pub use sending::queue::MOST_REFUSALS;
pub use setup::Models;
pub use setup::lanes::{Badge, Lanes, MOST_LANES};
pub use setup::saved_settings::{SettingRecord, StoredSettings};
pub use setup::send_problem::SendProblem;
pub use setup::settings::{KeyMode, LearnedCorrection, SIMULATOR, Settings};
pub use state::{State, id_at};
pub use token_view::{CountCaveat, CountInVocabulary, TokenBoundaries, TokenSheet, TokenText};
pub use units::whole_ms;
pub use usage::accounts::{Account, CreditLine, credit_line};
pub use usage::usage_history::{prices, uses};
pub use worker_queue::WorkerQueue;

pub use conversation::{saved, version_1};
pub use scheduler::{advice_text, assess, charts, verdict_text};
pub use usage::rules;

#[cfg(test)]
mod tests;
