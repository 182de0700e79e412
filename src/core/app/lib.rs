//! What Headroom does: [`State`], everything that can happen to it ([`Event`]), and what it asks of the world
//! ([`Effect`]).
//!
//! [`State::update`] is the one place where something is decided. The platform performs the effects and feeds their
//! results back as events; the views read the state and send events. Nothing else has a say.
//!
//! **Invariant:** no clock, no randomness, no browser, no I/O. Whatever those know comes in with an event.

mod accounts;
mod asking;
mod books;
mod budget;
pub mod charts;
mod chat;
mod choosing;
mod counting;
mod deleted_chats;
mod drafting;
mod dropped_fields;
mod effect;
mod elsewhere;
mod event;
mod event_data;
mod exactly;
mod fitting;
mod fixes;
pub mod hints;
mod lanes;
mod late;
mod live;
mod mailbox;
mod named;
mod pacing;
mod past;
mod queue;
mod queue_words;
mod refusals;
mod remembering;
pub mod rules;
mod running;
pub mod saved;
mod settings;
mod state;
mod suggestions;
mod token_view;
pub mod words;

pub use accounts::{Account, CreditLine, credit_line};
pub use budget::{Held, Rules};
pub use chat::{Answer, Ending, Entry, Id, Setup, Turn};
pub use counting::{Count, CountId, Counter, TextKey};
pub use drafting::{RequestTokens, SendProblem};
pub use effect::{Effect, Outgoing};
pub use event::{Event, Kept, Link, Panel, Pasted, Read, RunId};
pub use fixes::{Fix, cap_after_refusal, fix};
pub use lanes::{Badge, MOST_LANES};
pub use late::Late;
pub use mailbox::Mailbox;
pub use named::Named;
pub use past::{cap_advice, plan_signals, prices, uses, why_cut};
pub use queue::{MOST_REFUSALS, QueueItem, Waits, queue_item};
pub use refusals::{Refusal, Retry};
pub use settings::{KeyMode, Learnt, SIMULATOR, Settings};
pub use state::{Chat, Edit, LaneState, Models, Overdue, State, id_at};
pub use suggestions::likelier_base_url;
pub use token_view::{CountCaveat, Cut, InOther, TokenSheet, TokenText};

#[cfg(test)]
mod tests;
