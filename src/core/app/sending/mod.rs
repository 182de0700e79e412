//! Sending: starts runs or queues them, feeds them, sends them again, and ends them.

pub(crate) mod background_chats;
pub(crate) mod dropped_fields;
pub(crate) mod queue;
pub(crate) mod run_end;
pub(crate) mod run_lifecycle;
pub(crate) mod send;
