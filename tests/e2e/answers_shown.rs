//! How an answer is shown while it streams and when it is complete.

use headroom_e2e::{Session, provider::Provider};
use headroom_simulator::Shape;

pub async fn an_answer_grows_has_its_finish_at_its_end_and_stats_that_add_up(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    assert_eq!(page.fact("lane", "state").await.as_deref(), Some("idle"));
    assert_eq!(page.fact("lane", "provider").await.as_deref(), Some("simulator"));
    page.ask("[[sim:speed=60]] [[sim:tokens=120]] Why is the sky blue, and why is it red in the evening?").await;
    page.until_lane("streaming").await;
    page.until_answered(20).await;
    assert_eq!(page.last_fact("message-answer", "finish").await, None, "no finish while it runs");
    let early = page.answer().await.len();
    page.until_lane("done").await;
    assert!(page.answer().await.len() > early, "it came bit by bit");
    assert_eq!(page.last_fact("message-answer", "finish").await.as_deref(), Some("stop"));
    assert_eq!(page.count("error").await, 0);
    assert!(page.lane_text().await.contains("Simulated"), "what is simulated says so");

    assert_eq!(page.last_number("metrics", "completionTokens").await, 120.0, "as many as were ordered");
    let (ttft, total) = (page.last_number("metrics", "ttftMs").await, page.last_number("metrics", "totalMs").await);
    assert!(ttft > 0.0 && ttft < total, "the first token comes before the last: {ttft}, {total}");
    assert!(page.last_number("metrics", "tokensPerSecond").await > 0.0);
    let estimated = page.last_number("metrics", "estimatedPromptTokens").await;
    let counted = page.last_number("metrics", "promptTokens").await;
    assert!((estimated - counted).abs() <= counted * 0.15 + 5.0, "estimated {estimated}, counted {counted}");
}

pub async fn markup_in_a_question_stays_text(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    let markup = "[[sim:tokens=8]] <img src=x onerror=globalThis.hit=1><script>globalThis.hit=1</script>";
    page.ask_until(markup, "done").await;
    assert_eq!(page.texts("message-user").await, [markup]);
    page.reload().await;
    page.until_lane("done").await;
    assert_eq!(page.texts("message-user").await, [markup]);
    assert_eq!(page.eval("globalThis.hit ?? null").await, serde_json::Value::Null, "nothing of it ran");
    assert_eq!(page.eval("document.querySelectorAll('[data-testid=lane] img').length").await, 0);
}

pub async fn the_system_prompt_is_counted_and_survives_a_reload(session: Session) {
    let page = &session.page;
    let _site = page.with_simulator().await;
    let empty = page.until_counted().await;
    page.press("composer-system-open").await;
    page.type_into("composer-system", "Answer in one sentence.").await;
    let more = format!("Number(document.querySelector('[data-testid=composer-tokens]').dataset.count) > {}", empty + 4);
    page.until("the system prompt is counted", &more).await;
    page.reload().await;
    page.until("the system prompt is there again", "!!document.querySelector('[data-testid=composer-system]')").await;
    assert_eq!(page.value("composer-system").await, "Answer in one sentence.");
    page.until("it is counted again", &more).await;
}

pub async fn reasoning_is_shown_apart_counted_and_never_sent_back(session: Session) {
    let page = &session.page;
    let provider = Provider::of(Shape::Cerebras).await;
    let _site = page.with_provider(&provider).await;
    page.ask_until("How does a token bucket refill?", "done").await;
    let reasoning = page.last_number("metrics", "reasoningTokens").await;
    assert!(reasoning > 0.0, "gpt-oss reasons");
    assert_eq!(page.last_number("reasoning", "tokens").await, reasoning);
    let all = page.last_number("metrics", "completionTokens").await;
    assert!(reasoning < all, "reasoning is a part of the completion: {reasoning} of {all}");
    let thought = page.texts("reasoning").await.join("");
    assert!(thought.len() > 20 && !page.answer().await.contains(&thought), "it is not in the answer");

    let first = provider.ledger().await["requests"][0].clone();
    page.ask_until("And a sliding window?", "done").await;
    let second = provider.ledger().await["requests"][1].clone();
    let number = |entry: &serde_json::Value, name: &str| entry[name].as_f64().unwrap();
    let answer = number(&first, "completion") - number(&first, "reasoning");
    let grown = number(&second, "prompt") - number(&first, "prompt");
    assert!(grown < answer + 60.0, "the second prompt has grown by {grown}, the answer had {answer}");
    let sent = &provider.chats()[1].messages()[1];
    assert!(sent.0 == "assistant" && !sent.1.contains(&thought), "{sent:?}");
}
