//! `./dev shots [FOLDER]`: pictures of the built site, to look at beside the designs.
#![expect(clippy::unwrap_used, reason = "a developer's tool: it stops where it cannot go on")]

use std::{env, fs, path::PathBuf, sync::Arc};

use headroom_e2e::{bidi::Bidi, browser::Browser, page::Page, site::Site, trap::Trap};

const SCREENS: [(&str, u32, u32, &str); 3] =
    [("desktop-dark", 1440, 900, "dark"), ("desktop-light", 1440, 900, "light"), ("phone-dark", 390, 844, "dark")];
const TEXT: &str =
    "Why does a token bucket reserve input + max_completion_tokens up front?\nA short Rust example, please.";

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a command says what it made")]
async fn main() {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "target/shots".into()));
    fs::create_dir_all(&folder).unwrap();
    let trap = Trap::set().await;
    let site = Site::under("/").await;
    let running = Browser::Chromium.start(trap.port).await;
    let bidi = Arc::new(Bidi::connect(&running.socket).await);
    let page = Page { client: running.client.clone(), bidi };
    page.open(&site.address).await;
    page.type_into("text", TEXT).await;
    for (name, width, height, theme) in SCREENS {
        page.resize(width, height).await;
        page.wear(theme).await;
        let file = folder.join(format!("{name}.png"));
        fs::write(&file, page.client.screenshot().await.unwrap()).unwrap();
        println!("{}", file.display());
    }
    running.client.clone().close().await.unwrap();
}
