//! Whether the harness sees what must not happen: a check that sees nothing passes forever.

use std::time::{Duration, Instant};

use headroom_e2e::{Session, case::Noise, witnesses};

pub async fn what_must_not_happen_is_seen(session: Session) {
    let page = &session.page;
    let _site = page.first_visit().await;
    assert_eq!(witnesses::noise(&session, Noise::None).await, [""; 0], "the page by itself is quiet");
    let misbehave = "(() => {
        console.error('written to the console');
        setTimeout(() => { throw new Error('thrown by nobody') });
        fetch('https://elsewhere.example/').catch(() => {});
        const script = document.createElement('script');
        script.textContent = 'globalThis.injected = true';
        document.body.append(script);
        return true;
    })()";
    page.eval(misbehave).await;
    page.until("the violation is reported", "policyViolations.length >= 1").await;
    let expected = [
        "written to the console",
        "thrown by nobody",
        "asked another machine: CONNECT elsewhere.example:443",
        "asked for https://elsewhere.example/",
        "script-src",
    ];
    let (started, mut noise) = (Instant::now(), Vec::new());
    loop {
        noise.extend(witnesses::noise(&session, Noise::None).await);
        let missing: Vec<_> = expected.iter().filter(|part| !noise.iter().any(|line| line.contains(**part))).collect();
        if missing.is_empty() {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "nobody saw {missing:?} in {noise:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
