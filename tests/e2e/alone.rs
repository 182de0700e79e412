//! One Chromium with the built site open, for tools that look at it rather than test it.

use crate::{
    browser::{Browser, Running},
    page::Page,
    site::Site,
};

/// The browser and everything it needs; dropping it stops them.
pub struct Alone {
    /// The page, at its first visit.
    pub page: Page,
    running: Running,
    _site: Site,
}

impl Alone {
    /// Opens the site in a window of 1440 × 900.
    pub async fn open() -> Self {
        let site = Site::under("/").await;
        let running = Browser::Chromium.start().await.expect("Chromium starts");
        let page = running.page();
        page.resize(1440, 900).await;
        page.open(&site.address).await;
        Self { page, running, _site: site }
    }

    /// Closes the browser.
    pub async fn close(self) {
        self.running.close().await;
    }
}
