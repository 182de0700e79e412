//! `./dev bench load`: what typing, searching, opening, sending and renaming cost with more and more in the history, beside
//! the same without any, and beside an empty page with a text box. Times are in milliseconds; the first column of ratios is
//! what to look at: everything should stay near 1.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a developer's tool: it stops where it cannot go on")]

use headroom_e2e::{alone::Alone, page::Page};

/// Types forty letters; the median of the script of one, until all that follows from it in the same task has run.
const KEYS: &str = "const done = arguments[0];
    (async () => {
        const box = document.querySelector('textarea'), times = [];
        for (let key = 0; key < 40; key += 1) {
            await new Promise((next) => setTimeout(next, 30));
            const began = performance.now();
            box.value += 'x';
            box.dispatchEvent(new Event('input', { bubbles: true }));
            for (let tick = 0; tick < 20; tick += 1) await null;
            times.push(performance.now() - began);
        }
        box.value = '';
        box.dispatchEvent(new Event('input', { bubbles: true }));
        times.sort((one, other) => one - other);
        return times[20];
    })().then(done);";

/// What the user does, and the expression that is true when it is on the screen.
const STEPS: [(&str, &str, &str); 4] = [
    (
        "search",
        "const box = document.querySelector('#search'); box.value = 'number 7'; box.dispatchEvent(new Event('input', { bubbles: true }))",
        "(document.querySelector('[data-testid=conversation]')?.textContent ?? 'number 7').includes('number 7')",
    ),
    (
        "open",
        "document.querySelector('[data-testid=conversation]')?.click()",
        "!document.querySelector('[data-testid=conversation]') || document.querySelectorAll('[data-testid=message-user]').length > 0",
    ),
    (
        "send",
        "const search = document.querySelector('#search'); search.value = ''; search.dispatchEvent(new Event('input', { bubbles: true })); const box = document.querySelector('textarea'); box.value = '[[sim:tokens=5]] [[sim:speed=3000]] hello'; box.dispatchEvent(new Event('input', { bubbles: true })); setTimeout(() => document.querySelector('[data-testid=composer-send]').click(), 5)",
        "document.querySelector('[data-testid=lane]').dataset.state === 'done' && document.querySelector('[data-testid=lane]').textContent.includes('hello')",
    ),
    (
        "rename",
        "document.querySelector('[data-testid=conversation-rename]').click(); setTimeout(() => { const box = document.querySelector('[aria-label=\"Chat name\"]'); box.value = 'renamed number 7'; box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true })) }, 5)",
        "[...document.querySelectorAll('[data-testid=conversation]')].some((row) => row.textContent.includes('renamed'))",
    ),
];

#[tokio::main]
async fn main() {
    show(["", "nodes", "key", "search", "open", "send", "rename"].map(str::to_owned), &[]);
    let floor = {
        let alone = Alone::open().await;
        alone.page.client.goto("data:text/html,<textarea></textarea>").await.unwrap();
        let key = key_ms(&alone.page).await;
        alone.close().await;
        key
    };
    show(
        [
            "empty page".into(),
            "5".into(),
            format!("{floor:.1}"),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        ],
        &[],
    );
    let base = measured(0, 0, 0).await;
    base.show("no chats", &base);
    for (name, chats, turns, words) in [
        ("1,000 chats", 1_000, 1, 50),
        ("5,000 chats", 5_000, 1, 50),
        ("20,000 chats", 20_000, 1, 50),
        ("10 turns of 2k", 1, 10, 1_500),
        ("100 turns of 2k", 1, 100, 1_500),
        ("500 turns of 2k", 1, 500, 1_500),
    ] {
        measured(chats, turns, words).await.show(name, &base);
    }
}

/// One row of the table.
struct Row {
    nodes: u64,
    key_ms: f64,
    steps_ms: Vec<f64>,
}

async fn measured(chats: u32, turns: u32, words: u32) -> Row {
    let alone = Alone::open().await;
    let page = &alone.page;
    page.try_the_simulator().await;
    // The first answer fetches the later parts, and makes the database.
    page.ask_until("[[sim:tokens=5]] hi", "done").await;
    page.until_kept("\"ending\":\"done\"").await;
    page.leave_chats(chats, turns, words).await;
    page.press("new-chat").await;
    page.reload().await;
    if chats > 1 {
        page.until("the history is read", "document.querySelectorAll('[data-testid=conversation]').length > 10").await;
    }
    let mut steps_ms = Vec::new();
    let mut key = key_ms(page).await;
    let mut nodes = count_nodes(page).await;
    for (name, act, is_done) in STEPS {
        let script = format!(
            "const done = arguments[0], began = performance.now();
            {act};
            const look = () => ({is_done}) ? done(performance.now() - began) : requestAnimationFrame(look);
            requestAnimationFrame(look);"
        );
        let took = page.client.execute_async(&script, vec![]).await;
        let took = took.unwrap_or_else(|why| panic!("{name} with {chats} chats does not end: {why}")).as_f64().unwrap();
        steps_ms.push(took);
        if name == "open" && turns > 1 {
            // With the long chat open.
            key = key_ms(page).await;
            nodes = count_nodes(page).await;
        }
    }
    alone.close().await;
    Row { nodes, key_ms: key, steps_ms }
}

async fn key_ms(page: &Page) -> f64 {
    page.client.execute_async(KEYS, vec![]).await.unwrap().as_f64().unwrap()
}

async fn count_nodes(page: &Page) -> u64 {
    page.eval("document.querySelectorAll('*').length").await.as_u64().unwrap()
}

impl Row {
    fn show(&self, name: &str, base: &Self) {
        let mut cells = vec![name.to_owned(), self.nodes.to_string(), format!("{:.1}", self.key_ms)];
        cells.extend(self.steps_ms.iter().map(|ms| format!("{ms:.0}")));
        let mut ratios = vec![self.key_ms / base.key_ms];
        ratios.extend(self.steps_ms.iter().zip(&base.steps_ms).map(|(own, base)| own / base));
        show(cells.try_into().unwrap(), &ratios);
    }
}

#[expect(clippy::print_stdout, reason = "a command says what it measured")]
fn show(cells: [String; 7], ratios: &[f64]) {
    let [name, cells @ ..] = cells;
    let cells: String = cells.iter().map(|cell| format!("{cell:>9}")).collect();
    let ratios: String = ratios.iter().map(|ratio| format!("{ratio:>6.1}")).collect();
    println!("{name:<16}{cells}   {ratios}");
}
