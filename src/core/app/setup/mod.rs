//! What is asked, and how: settings, lanes, providers, keys and model lists.

pub(crate) mod lanes;
pub(crate) mod model_selection;
pub(crate) mod saved_settings;
pub(crate) mod settings;
pub(crate) mod suggestions;
mod version_1_settings;
