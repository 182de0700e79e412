//! Past requests, as an earlier visit would have left them in the browser.

use crate::page::Page;

/// A request sent in the past.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The provider's id.
    pub account: &'a str,
    /// The model's id.
    pub model: &'a str,
    /// How long ago, in minutes.
    pub minutes_ago: u64,
    /// Tokens of its answer; its prompt has 100.
    pub answer: u64,
    /// The HTTP status of its answer.
    pub status: u16,
}

impl Page {
    /// Stores requests; a reload finds them.
    pub async fn leave_requests(&self, sent: &[Sent<'_>]) {
        let records = sent.iter().enumerate().map(|(number, sent)| {
            let Sent { account, model, minutes_ago, answer, status } = sent;
            let (prompt, answer) = if *status == 200 { (100, *answer) } else { (0, 0) };
            format!(
                "[{number}, {minutes_ago}, at => ({{ v: 1, data: {{ id: '', account: '{account}', pool: '{model}', \
                 model: '{model}', sent_ms: at, reserved: {}, status: {status}, whole: {}, \
                 settled: [at + 900, {{ prompt: {prompt}, cached: 0, reasoning: 0, answer: {answer} }}] }} }})]",
                prompt + answer + 100,
                *status == 200
            )
        });
        let records = records.collect::<Vec<_>>().join(",");
        self.eval(
            "(window.left = 'no') && indexedDB.open('headroom-2').addEventListener('success', (event) => {
                const write = event.target.result.transaction('requests', 'readwrite');
                for (const [number, ago, make] of window.leave()) {
                    const at = Math.round(performance.timeOrigin + performance.now()) - ago * 60000;
                    const id = `${at.toString(16).padStart(12, '0')}-0-${number}`;
                    const record = make(at);
                    record.data.id = id;
                    write.objectStore('requests').put(JSON.stringify(record), id);
                }
                write.oncomplete = () => { event.target.result.close(); window.left = 'yes' };
            }) || true"
                .replace("window.leave()", &format!("[{records}]"))
                .as_str(),
        )
        .await;
        self.until("they are in storage", "window.left === 'yes'").await;
    }
}
