//! `./dev bench lanes`: how smoothly the built page streams. One lane is the floor; six lanes at 3,000 tokens a second
//! each stand beside it, measured in the same run of the same browser.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a developer's tool with small numbers: it stops where it cannot go on"
)]

use headroom_e2e::{alone::Alone, page::Page};
use serde_json::Value;

/// Records frames and types a letter every 50 ms, until stopped. A letter's latency is the time from its event to the
/// start of the frame after the next, when its change is on the screen.
const WATCH: &str = "(() => {
  const watch = { frames: [], keys: [], long: 0, on: true };
  globalThis.watch = watch;
  const box = document.querySelector('[data-testid=composer-input]');
  let last = performance.now();
  const frame = (now) => { watch.frames.push(now - last); last = now; if (watch.on) requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => { watch.long += list.getEntries().length; }).observe({ type: 'longtask' });
  const type = () => {
    if (!watch.on) return;
    const began = performance.now();
    box.value += 'x';
    box.dispatchEvent(new Event('input', { bubbles: true }));
    requestAnimationFrame(() => requestAnimationFrame(() => watch.keys.push(performance.now() - began)));
    setTimeout(type, 50);
  };
  type();
  return true;
})()";

#[tokio::main]
async fn main() {
    let alone = Alone::open().await;
    let page = &alone.page;
    page.try_the_simulator().await;
    // The first answer fetches the later parts; it is not measured.
    page.ask_until("[[sim:tokens=20]] hello", "done").await;
    let one = measured(page, 1).await;
    let six = measured(page, 6).await;
    show("lanes", "tokens", "frames/s", "frame p50", "p95", "max (ms)", "key p50", "p95", "long tasks");
    for (lanes, run) in [("1", &one), ("6", &six)] {
        run.show(lanes);
    }
    let ratio = |of: fn(&Run) -> f64| format!("{:.2}", of(&six) / of(&one));
    show(
        "6 / 1",
        "",
        &ratio(|run| run.frames_a_second),
        &ratio(|run| run.frame.0),
        &ratio(|run| run.frame.1),
        "",
        &ratio(|run| run.key.0),
        &ratio(|run| run.key.1),
        "",
    );
    alone.close().await;
}

/// One run: median, 95th percentile and maximum, in milliseconds.
struct Run {
    tokens: u64,
    frames_a_second: f64,
    frame: (f64, f64, f64),
    key: (f64, f64, f64),
    long: u64,
}

async fn measured(page: &Page, lanes: usize) -> Run {
    page.press("new-chat").await;
    page.press(&format!("lanes-{lanes}")).await;
    page.type_into("composer-input", "[[sim:tokens=9000]] [[sim:speed=3000]] a long text").await;
    page.press("composer-send").await;
    page.until(
        "all stream",
        "[...document.querySelectorAll('[data-testid=lane]')].every((lane) => lane.dataset.state === 'streaming')",
    )
    .await;
    page.eval(WATCH).await;
    page.until(
        "all are done",
        "[...document.querySelectorAll('[data-testid=lane]')].every((lane) => lane.dataset.state === 'done')",
    )
    .await;
    let watch =
        page.eval("(watch.on = false, { frames: watch.frames.slice(1), keys: watch.keys, long: watch.long })").await;
    let tokens = page.eval("[...document.querySelectorAll('[data-testid=metrics]')].reduce((sum, it) => sum + Number(it.dataset.completionTokens ?? 0), 0)").await;
    page.eval("(() => { const box = document.querySelector('[data-testid=composer-input]'); box.value = ''; box.dispatchEvent(new Event('input', { bubbles: true })); return true })()").await;
    let (frames, keys) = (numbers(&watch["frames"]), numbers(&watch["keys"]));
    let seconds = frames.iter().sum::<f64>() / 1_000.0;
    Run {
        tokens: tokens.as_f64().unwrap() as u64,
        frames_a_second: frames.len() as f64 / seconds,
        frame: spread(frames),
        key: spread(keys),
        long: watch["long"].as_u64().unwrap(),
    }
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// Median, 95th percentile, maximum.
fn spread(mut numbers: Vec<f64>) -> (f64, f64, f64) {
    numbers.sort_by(f64::total_cmp);
    let at = |share: f64| numbers.get(((numbers.len() as f64 - 1.0) * share).round() as usize).copied().unwrap_or(0.0);
    (at(0.5), at(0.95), at(1.0))
}

impl Run {
    fn show(&self, lanes: &str) {
        let ms = |number: f64| format!("{number:.1}");
        show(
            lanes,
            &self.tokens.to_string(),
            &ms(self.frames_a_second),
            &ms(self.frame.0),
            &ms(self.frame.1),
            &ms(self.frame.2),
            &ms(self.key.0),
            &ms(self.key.1),
            &self.long.to_string(),
        );
    }
}

#[expect(clippy::print_stdout, reason = "a command says what it measured")]
#[expect(clippy::too_many_arguments, reason = "the columns of a table")]
fn show(lanes: &str, tokens: &str, fps: &str, f50: &str, f95: &str, fmax: &str, k50: &str, k95: &str, long: &str) {
    println!("{lanes:>6} {tokens:>8} {fps:>9} {f50:>10} {f95:>8} {fmax:>9} {k50:>8} {k95:>8} {long:>11}");
}
