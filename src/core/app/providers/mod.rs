//! Providers: the settings, keys and model lists.

pub(crate) mod model_selection;
pub(crate) mod settings;
pub(crate) mod suggestions;
