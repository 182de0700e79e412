//! The color theme: light, dark, or the system's.

/// The colors of the page.
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
    /// Returns the name used in storage and in the `data-theme` attribute; `System` has none, since it sets no
    /// attribute.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// Parses a stored name. Unknown values mean `System`: a broken setting must not break the page.
    #[must_use]
    pub fn from_name(name: Option<&str>) -> Self {
        match name {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// Returns the theme after a press on the theme button: the opposite of what is *seen* now, so that the first press
    /// always changes something. `system_is_dark` is the system's preference.
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
