//! Bugs that users of other chat clients reported: the repository and number, the text, and the expected tree.

use super::show::show;
use crate::Document;

/// These look like something else while they are typed.
const DECIDED_AT_THE_END: [&str; 5] = [
    "The PID is $$ *here*",
    "use `\\(` and `$x` here\\(",
    "a**\"b\"**c",
    "[abc]: https://x.y/",
    "a [1]\n\n[1]: https://x.y\n[2]: https://z.y",
];

#[track_caller]
fn check(cases: &[(&str, &str, &str)]) {
    for (report, text, tree) in cases {
        assert_eq!(show(&Document::parse(text)), *tree, "{report}: {text:?}");
        let mut typed = Document::default();
        for letter in text.chars() {
            typed.push(letter.encode_utf8(&mut [0; 4]));
        }
        if !DECIDED_AT_THE_END.contains(text) {
            assert_eq!(show(&typed), *tree, "{report}, while it is typed: {text:?}");
        }
    }
}

#[test]
fn prices_are_not_formulas() {
    check(&[
        (
            "multica#3856",
            "**about $516.54 delivered.** It's the only path under $700 that lets you **skip** it.",
            r#"(p (b "about $516.54 delivered.")" It's the only path under $700 that lets you "(b "skip")" it.")"#,
        ),
        ("SciLink#636", "~$0.79/m³ … *$300/t*, ~$5", r#"(p "~$0.79/m³ … "(em "$300/t")", ~$5")"#),
        (
            "lobehub#8553",
            "pays **$1.50** for it, and makes **$4**.",
            r#"(p "pays "(b "$1.50")" for it, and makes "(b "$4")".")"#,
        ),
        ("vm0#15202", "from $20 to **$40**, $100/month", r#"(p "from $20 to "(b "$40")", $100/month")"#),
        ("own", "echo $HOME:$PATH and *not* $(pwd)", r#"(p "echo $HOME:$PATH and "(em "not")" $(pwd)")"#),
        ("own", "US$5 *or* 10$, $5 *now* or 10$", r#"(p "US$5 "(em "or")" 10$, $5 "(em "now")" or 10$")"#),
        ("own", "$ npm *install* $ npm", r#"(p "$ npm "(em "install")" $ npm")"#),
        ("own", "`$a` and *b* `c$`", r#"(p `$a`" and "(em "b")" "`c$`)"#),
    ]);
}

#[test]
fn formulas_are_kept_as_written() {
    check(&[
        ("open-webui#2629", "\\( p^* \\)\n\\[\np^*\n\\]", "(p {\\( p^* \\)}~{\\[\np^*\n\\]})"),
        ("kramdown#115", "$$\\mathbb{Z}_{+} \\to \\mathbb{Z}_{+}$$", "(p {$$\\mathbb{Z}_{+} \\to \\mathbb{Z}_{+}$$})"),
        ("marked#544", "$A_i, A_{i+1}$", "(p {$A_i, A_{i+1}$})"),
        (
            "NextChat#4650",
            "那么：\n\n$$\\begin{aligned}\n\\int x &= x \\\\\n&= -x\n\\end{aligned}$$\n\n其中$C$是*积分*常数。",
            "(p \"那么：\") (p {$$\\begin{aligned}\n\\int x &= x \\\\\n&= -x\n\\end{aligned}$$}) (p \"其中\"{$C$}\"是\"(em \"积分\")\"常数。\")",
        ),
        (
            "mdmath#60",
            "\\begin{align*}\n1 &= 2 \\\\\n\\end{align*}",
            "(p {\\begin{align*}\n1 &= 2 \\\\\n\\end{align*}})",
        ),
        ("riemann_book#173", "$$\na\n+ b\n= c\n=\n- d\n$$\ne", "(p {$$\na\n+ b\n= c\n=\n- d\n$$}~\"e\")"),
        (
            "own",
            "It is\n$$\nx\n---\n# y\n\n1. z\n$$",
            "(p \"It is\"~{$$\nx\n---}) (h1 \"y\") (ol1 (li (p \"z\"~{$$})))",
        ),
        ("own", "1. So:\n\\[\na\n- b\n\\]\n2. c", "(ol1 (li (p \"So:\"~{\\[\na\n- b\n\\]}))(li (p \"c\")))"),
        ("own", "\\(a \\ne 0\\), \\,x\\, and \\*", "(p {\\(a \\ne 0\\)}\", ,x, and *\")"),
        ("own", "use `\\(` and `$x` here\\(", "(p \"use \"`\\(`\" and \"`$x`\" here(\")"),
        ("own", "\\[[1](https://x.y)\\] \\[2\\] \\[a\\](b)", "(p \"[\"(a <https://x.y> \"1\")\"] [2] [a](b)\")"),
        (
            "own",
            "$ \\mathbf{x}_{i} + \\mathbf{y}_{j} $ *a*",
            "(p {$ \\mathbf{x}_{i} + \\mathbf{y}_{j} $}\" \"(em \"a\"))",
        ),
        ("own", "the $n$th *and* the $m$-th", "(p \"the \"{$n$}\"th \"(em \"and\")\" the \"{$m$}\"-th\")"),
        ("own", "$$\na\n\nb", "(p {$$\na\n\nb})"),
        ("own", "The PID is $$ *here*", r#"(p "The PID is $$ "(em "here"))"#),
    ]);
}

#[test]
fn no_table_cell_is_lost_or_split() {
    check(&[
        (
            "own",
            "| a | b |\n|---|---|\n| x | $P(X|Y)$ |\n| y | $5 | $6 |",
            r#"(table -- (tr (td "a")(td "b")) (tr (td "x")(td {$P(X|Y)$})) (tr (td "y")(td "$5")(td "$6")))"#,
        ),
        (
            "tagspaces#844",
            "|Function | Command |\n|-----|-----|\n|Two | `awk | grep`|",
            r#"(table -- (tr (td "Function")(td "Command")) (tr (td "Two")(td `awk | grep`)))"#,
        ),
        (
            "own",
            "| $P(A|B)$ | b |\n|---|---|\n| \\(a|b\\) | `a \\| b` |",
            r#"(table -- (tr (td {$P(A|B)$})(td "b")) (tr (td {\(a|b\)})(td `a | b`)))"#,
        ),
        (
            "open-webui#16380",
            "| a |\n|---|\n| - one<br>- two<br/>three<BR />*four* |",
            r#"(table - (tr (td "a")) (tr (td "- one"/"- two"/"three"/(em "four"))))"#,
        ),
        ("own", "a<br>b <b>c</b> `<br>`", r#"(p "a"/"b <b>c</b> "`<br>`)"#),
    ]);
}

#[test]
fn a_single_tilde_does_not_strike() {
    check(&[
        ("streamdown#445", "20~25°C。20~25°C", r#"(p "20~25°C。20~25°C")"#),
        ("pi-web#385", "5~7U 保证金 × 100~200倍", r#"(p "5~7U 保证金 × 100~200倍")"#),
        ("copilot-cli#1936", "a fix (~2000 lines) and (~5000 lines)", r#"(p "a fix (~2000 lines) and (~5000 lines)")"#),
        ("octo-web#1328", "~~已删除~~ 和 ~保留~ ~~25~30~~", r#"(p (s "已删除")" 和 ~保留~ "(s "25~30"))"#),
        ("own", "~20 km or 10~ km, ~/a and ~/b", r#"(p "~20 km or 10~ km, ~/a and ~/b")"#),
        ("KiroCrew#2323", "~~删除的文字（带括号）。~~这个", r#"(p (s "删除的文字（带括号）。")"这个")"#),
    ]);
}

#[test]
fn urls_end_before_full_width_punctuation() {
    check(&[
        (
            "openchamber#3039",
            "访问 https://example.com/docs（中文说明）了解",
            r#"(p "访问 "(a <https://example.com/docs> "https://example.com/docs")"（中文说明）了解")"#,
        ),
        (
            "vm0#28046",
            "**https://github.com/vm0-ai/vm0/pull/28031**。做",
            r#"(p (b (a <https://github.com/vm0-ai/vm0/pull/28031> "https://github.com/vm0-ai/vm0/pull/28031"))"。做")"#,
        ),
        (
            "wuu#47",
            "PR：https://x.y/pull/45（`fix` → `main`）",
            r#"(p "PR："(a <https://x.y/pull/45> "https://x.y/pull/45")"（"`fix`" → "`main`"）")"#,
        ),
        ("hapi#478", "https://x.y/477，涵盖", r#"(p (a <https://x.y/477> "https://x.y/477")"，涵盖")"#),
        (
            "penguin-harness#437",
            "中文https://penguin.ooo英文",
            r#"(p "中文"(a <https://penguin.ooo> "https://penguin.ooo")"英文")"#,
        ),
        (
            "own",
            "(see https://x.y/a_(b)_c) or www.x.y, me@x.example.",
            r#"(p "(see "(a <https://x.y/a_(b)_c> "https://x.y/a_(b)_c")") or "(a <http://www.x.y> "www.x.y")", "(a <mailto:me@x.example> "me@x.example")".")"#,
        ),
        ("own", "[https://x.y](https://x.y/z)", r#"(p (a <https://x.y/z> "https://x.y"))"#),
        (
            "own",
            "`https://x.y` first_name@x.example",
            r#"(p `https://x.y`" "(a <mailto:first_name@x.example> "first_name@x.example"))"#,
        ),
        ("own", "https://x.y/?a=1&amp;b=2", r#"(p (a <https://x.y/?a=1&b=2> "https://x.y/?a=1&b=2"))"#),
    ]);
}

#[test]
fn emphasis_works_next_to_cjk_punctuation() {
    check(&[
        ("own", "**「朝」**から**「夜」**", r#"(p (b "「朝」")"から"(b "「夜」"))"#),
        ("marked#3838", "**历经10年发展，**年", r#"(p (b "历经10年发展，")"年")"#),
        ("markdown-it#1080", "* **具体：**与其说“一棵树”", r#"(ul (li (p (b "具体：")"与其说“一棵树”")))"#),
        ("markdown-it#880", "**真没想到，**她有些", r#"(p (b "真没想到，")"她有些")"#),
        ("marked#3968", "这是**“如何服务你”**的", r#"(p "这是"(b "“如何服务你”")"的")"#),
        ("markstream-vue#646", "的**\"热量\"四环节的失配**,", r#"(p "的"(b "\"热量\"四环节的失配")",")"#),
        ("commonmark-spec#650", "我可以强调**这个`code`**吗", r#"(p "我可以强调"(b "这个"`code`)"吗")"#),
        ("commonmark-spec#650", "**이 용어(This term)**를 강조", r#"(p (b "이 용어(This term)")"를 강조")"#),
        ("KiroCrew#2323", "*这是斜体（带括号）。*这句", r#"(p (em "这是斜体（带括号）。")"这句")"#),
        ("own", "a**\"b\"**c", r#"(p "a**\"b\"**c")"#),
    ]);
}

#[test]
fn a_fence_with_a_language_nests_in_a_fence_of_markdown() {
    check(&[
        (
            "DEEIX-Chat#735",
            "```markdown\n# Plan\n\n```text\nDONE\n```\n\n## Notes\n```\nafter",
            "(code:markdown \"# Plan\\n\\n```text\\nDONE\\n```\\n\\n## Notes\") (p \"after\")",
        ),
        (
            "LibreChat#3508",
            "````markdown\na\n\n````markdown\nb\n````\n\nc\n````\nd",
            "(code:markdown \"a\\n\\n````markdown\\nb\\n````\\n\\nc\") (p \"d\")",
        ),
        (
            "lobehub#8914",
            "````markdown\n```dataview\nx\n```\n```dataview\ny\n```\n````\nz",
            "(code:markdown \"```dataview\\nx\\n```\\n```dataview\\ny\\n```\") (p \"z\")",
        ),
        (
            "agentstack#1110",
            "~~~markdown \na\n```py\nb\n```\nc\n~~~\nd",
            "(code:markdown \"a\\n```py\\nb\\n```\\nc\") (p \"d\")",
        ),
        ("own", "```md\n```md\n```js\n```\n```\na\n```\nb", "(code:md \"```md\\n```js\\n```\\n```\\na\") (p \"b\")"),
        ("own", "```js\n```ts\n```\na", "(code:js \"```ts\") (p \"a\")"),
        ("own", "- ```md\n  ```js\n  a\n  ```\n  ```\n- b", "(ul (li (code:md \"```js\\na\\n```\"))(li (p \"b\")))"),
        ("own", "```MD\n    ```js\n```\na", "(code:MD \"    ```js\") (p \"a\")"),
    ]);
}

#[test]
fn list_items_keep_their_numbers() {
    check(&[
        ("open-webui#6146", "1. a\n3. b\n4. c", r#"(ol1 (li (p "a"))(li=3 (p "b"))(li (p "c")))"#),
        ("NextChat#2254", "12321. a\n12. b", r#"(ol12321 (li (p "a"))(li=12 (p "b")))"#),
        ("vscode#289346", "2. a\n4. b", r#"(ol2 (li (p "a"))(li=4 (p "b")))"#),
        ("own", "1. a\n1. b\n1. c", r#"(ol1 (li (p "a"))(li (p "b"))(li (p "c")))"#),
        ("own", "3. a\n2. b\n1. c", r#"(ol3 (li (p "a"))(li=2 (p "b"))(li=1 (p "c")))"#),
        ("open-webui#5369", "1. a\n\nb\n\n2. c", r#"(ol1 (li (p "a"))) (p "b") (ol2 (li (p "c")))"#),
    ]);
}

#[test]
fn text_that_looks_like_a_definition_is_not_lost() {
    check(&[
        ("mattermost#22516", "[abc]: https://x.y/", r#"(p "[abc]: "(a <https://x.y/> "https://x.y/"))"#),
        ("kramdown#836", "a [^1]\n\n[^1]: Red.", r#"(p "a [^1]") (p "[^1]: Red.")"#),
        ("own", "[Note]: later", r#"(p "[Note]: later")"#),
        (
            "own",
            "a [1]\n\n[1]: https://x.y\n[2]: https://z.y",
            r#"(p "a "(a <https://x.y> "1")) (p "[2]: "(a <https://z.y> "https://z.y"))"#,
        ),
        ("own", "[readme](README.md) [up](#top)", r##"(p (inert <README.md> "readme")" "(inert <#top> "up"))"##),
    ]);
}

#[test]
fn arithmetic_is_not_emphasis() {
    check(&[
        ("own", "2*3*4 = 24, 2**3 and 4**5", r#"(p "2*3*4 = 24, 2**3 and 4**5")"#),
        ("own", "1**a** *2*", r#"(p "1"(b "a")" "(em "2"))"#),
    ]);
}
