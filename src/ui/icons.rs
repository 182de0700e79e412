//! Line icons on a 16 × 16 grid. They are decorative: the control always has a name.

use leptos::prelude::*;

/// The icon to draw.
#[derive(Clone, Copy)]
pub(super) enum Glyph {
    Sun,
    Sliders,
    Plus,
    Key,
    Shield,
    Play,
    Stop,
    Again,
    Copy,
    Pencil,
    Trash,
    Warning,
    Close,
    Menu,
    Check,
    Clock,
    Never,
}

impl Glyph {
    const fn paths(self) -> &'static str {
        match self {
            Self::Sun => {
                "M5.3 8a2.7 2.7 0 1 0 5.4 0a2.7 2.7 0 1 0-5.4 0M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9"
            }
            Self::Sliders => {
                "M2 4.5h6.5M12.5 4.5H14M2 11.5h1.5M7.5 11.5H14M8.7 4.5a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0M3.7 11.5a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0"
            }
            Self::Plus => "M8 3v10M3 8h10",
            Self::Key => "M2.3 11a2.7 2.7 0 1 0 5.4 0a2.7 2.7 0 1 0-5.4 0M7 9l6.5-6.5M11 5l2 2",
            Self::Shield => "M8 1.8 13 3.7v4c0 3.2-2.2 5.4-5 6.5-2.8-1.1-5-3.3-5-6.5v-4Z",
            Self::Play => "M5 3.3v9.4L12.5 8Z",
            Self::Stop => "M4.5 4.5h7v7h-7Z",
            Self::Again => "M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.6h-2.6",
            Self::Copy => "M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3",
            Self::Pencil => "M2.5 13.5l.8-3L10.8 3l2.2 2.2-7.5 7.5Z",
            Self::Trash => "M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5",
            Self::Warning => "M8 2.2 14.5 13.5h-13ZM8 6.5v3.2M8 11.6v.1",
            Self::Close => "M4 4l8 8M12 4l-8 8",
            Self::Check => "M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0-12.4 0M5.3 8.2l1.9 1.9 3.5-4",
            Self::Clock => "M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0-12.4 0M8 4.4V8l2.3 1.6",
            Self::Never => "M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0-12.4 0M3.7 3.7l8.6 8.6",
            Self::Menu => "M2.5 4h11M2.5 8h11M2.5 12h11",
        }
    }
}

/// Draws an icon with this width and height in pixels.
pub(super) fn icon(glyph: Glyph, size: u8) -> AnyView {
    view! {
        <svg width=size height=size viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.4"
            stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
            <path d=glyph.paths() />
        </svg>
    }
    .into_any()
}
