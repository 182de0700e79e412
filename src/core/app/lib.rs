//! What Headroom does: [`State`], everything that can happen to it ([`Event`]), and what it asks of the world
//! ([`Effect`]).
//!
//! [`State::update`] is the one place where something is decided. The platform performs the effects and feeds their
//! results back as events; the views read the state and send events. Nothing else has a say.
//!
//! **Invariant:** no clock, no randomness, no browser, no I/O. Whatever those know comes in with an event.

mod counting;
mod mailbox;
mod state;

pub use counting::{Count, CountId, Counter};
pub use mailbox::Mailbox;
pub use state::{Effect, Event, State};
