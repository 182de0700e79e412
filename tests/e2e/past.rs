//! Past requests and chats, as earlier visits would have left them in the browser.

use crate::page::Page;

/// Writes chats; the newest has as many turns as said, the others one.
const LEAVE: &str = "const [chats, turns, words, done] = arguments;
    const { model, provider } = document.querySelector('[data-testid=lane]').dataset;
    (async () => {
        const db = await new Promise((ok) => { const r = indexedDB.open('headroom-2'); r.onsuccess = () => ok(r.result) });
        const write = db.transaction(['entries', 'turns'], 'readwrite');
        const hex = (number) => number.toString(16).padStart(12, '0');
        for (let chat = 0; chat < chats; chat += 1) {
            const at = 1700000000000 + chat * 60000, id = `${hex(at)}-0-${chat}`;
            write.objectStore('entries').put(JSON.stringify({ v: 1, data: { id, title: `A chat about number ${chat}`, used_ms: at } }), id);
            const length = chat === chats - 1 ? turns : 1;
            for (let turn = 0; turn < length; turn += 1) {
                const turn_id = `${hex(at + turn)}-0-${turn}`;
                const text = 'Some *words* of an answer.\\n\\n'.repeat(words / 5);
                const data = { id: turn_id, chat: id, asked_ms: at + turn, prompt: `Question number 7, turn ${turn}`, answers: [{ provider, model, text, ending: 'done', usage: {}, timing: {} }] };
                write.objectStore('turns').put(JSON.stringify({ v: 1, data }), `${id}/${turn_id}`);
            }
        }
        await new Promise((ok) => { write.oncomplete = ok });
        db.close();
    })().then(() => done(true));";

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
    /// Stores chats titled "A chat about number N", asked in the open lane; a reload finds them. The newest has this many
    /// turns, each with an answer of this many words.
    pub async fn leave_chats(&self, chats: u32, turns: u32, words: u32) {
        let counts = vec![chats.into(), turns.into(), words.into()];
        self.client.execute_async(LEAVE, counts).await.expect("they are stored");
    }

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
