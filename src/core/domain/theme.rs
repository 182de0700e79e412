//! Light, dark, or whatever the system says.

/// Which colours the page wears.
///
/// `System` follows `prefers-color-scheme`; the other two override it through `data-theme` on the root element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Follow the system's setting.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The name used in storage and in the `data-theme` attribute; `System` has none, for it sets no attribute.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// Reads a stored name. Anything unknown means `System`: a broken setting must not cost the user a page.
    #[must_use]
    pub fn from_name(name: Option<&str>) -> Self {
        match name {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// The theme after a press on the theme button: the opposite of what is *seen* now, so that the first press
    /// always changes something. `system_is_dark` is what the system asks for.
    #[must_use]
    pub const fn toggled(self, system_is_dark: bool) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
            Self::System if system_is_dark => Self::Light,
            Self::System => Self::Dark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_theme_comes_back_and_nonsense_means_system() {
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            assert_eq!(Theme::from_name(theme.name()), theme);
        }
        for nonsense in ["", "Dark", "sepia", "light\0"] {
            assert_eq!(Theme::from_name(Some(nonsense)), Theme::System, "{nonsense:?}");
        }
    }

    #[test]
    fn the_first_press_always_changes_what_is_seen() {
        assert_eq!(Theme::System.toggled(true), Theme::Light);
        assert_eq!(Theme::System.toggled(false), Theme::Dark);
        assert_eq!(Theme::Light.toggled(false).toggled(false), Theme::Light);
        assert_eq!(Theme::Dark.toggled(true).toggled(true), Theme::Dark);
    }
}
