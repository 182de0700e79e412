"""Records how the vendors' own tokenizers cut texts: see README.md beside this file."""

import json
import random
import sys

from tokenizers import Tokenizer

FOLDER, COUNT, SEED = sys.argv[1], int(sys.argv[2]), sys.argv[3]
VENDORS = {"llama3": "llama3_1", "qwen": "qwen3", "deepseek": "deepseek_v3"}

RANGES = {
    "latin": [(0x61, 0x7A)] * 4 + [(0x41, 0x5A), (0xC0, 0x24F), (0x1E00, 0x1EFF)],
    "greek": [(0x370, 0x3FF), (0x1F00, 0x1FFF)],
    "cyrillic": [(0x400, 0x52F)],
    "hebrew_arabic": [(0x591, 0x5F4), (0x600, 0x6FF), (0xFB1D, 0xFB4F)],
    "indic": [(0x900, 0x97F), (0x980, 0x9FE), (0xA00, 0xA76), (0xB80, 0xBFA), (0xC00, 0xC7F), (0xD00, 0xD7F)],
    "thai_etc": [(0xE01, 0xE5B), (0xE81, 0xEDF), (0xF00, 0xFDA), (0x1000, 0x109F), (0x1780, 0x17F9)],
    "cjk": [(0x4E00, 0x9FFF)] * 3 + [(0x3040, 0x30FF)] * 2 + [(0x2E80, 0x303F), (0x3400, 0x34FF), (0xF900, 0xFAFF), (0x20000, 0x20100), (0x2F800, 0x2FA1D), (0x16FE0, 0x16FF6)],
    "hangul": [(0xAC00, 0xD7A3), (0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97C), (0xD7B0, 0xD7FB)],
    "digits": [(0x30, 0x39)] * 4 + [(0x660, 0x669), (0xB2, 0xBE), (0x2150, 0x218B), (0x3021, 0x3029), (0xFF10, 0xFF19)],
    "symbols": [(0x21, 0x2F)] * 3 + [(0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E), (0xA1, 0xBF), (0x2010, 0x2060), (0x20A0, 0x20C0), (0x2100, 0x2BFF)],
    "space": [(0x20, 0x20)] * 8 + [(0x09, 0x0D)] * 3 + [(0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x2064), (0x3000, 0x3000), (0xFEFF, 0xFEFF)],
    "control": [(0, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x200B, 0x200F), (0xE000, 0xE010), (0x378, 0x379), (0xFFF0, 0xFFFF), (0x10FFF0, 0x10FFFF)],
    "marks": [(0x300, 0x36F)] * 3 + [(0x483, 0x489), (0x1AB0, 0x1ACE), (0x1DC0, 0x1DFF), (0x20D0, 0x20F0), (0xFE00, 0xFE0F), (0x3099, 0x309C), (0x93C, 0x93C), (0x1D165, 0x1D172)],
    "emoji": [(0x1F300, 0x1F64F)] * 3 + [(0x1F3FB, 0x1F3FF), (0x200D, 0x200D), (0xFE0F, 0xFE0F), (0x1F1E6, 0x1F1FF), (0x1F900, 0x1F9FF)],
    "anything": [(0, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x1FFFF), (0xE0000, 0xE01FF)],
}
WORDS = "it's IT'S we'll they'RE I'm 'd 've it'\u017f 'twas function return  \t\n \r\n \n\n   \n  if( ){ }; //\n /* */ the of and self.value: == != -> => https://a.b/c?d=e#f 0x1F 3.14 1,000,000 résumé re\u0301sume\u0301 naïve Müller ½ \u212b \u212a \u037e \u1100\u1161\u11a8 \u0958 क\u093c \u09a1\u09bc ạ\u0302 a\u0323\u0302 a\u0302\u0323 nghiệp thời .:.: |:-:| ====== ------ ........ 東京 です。 你好，世界 안녕 Привет мир สวัสดี नमस्ते שלום مرحبا 👩\u200d👩\u200d👧 🇩🇪 👍🏽 HTMLElement iPhone camelCase snake_case AAA aaa <|im_end|> [INST]".split(" ")


def text(rng):
    parts = []
    for _ in range(rng.randint(1, 7)):
        if rng.random() < 0.35:
            parts.append(rng.choice(WORDS) + rng.choice(["", " ", " ", "\n"]))
            continue
        ranges = RANGES[rng.choice(list(RANGES))]
        length = rng.choice([1, 2, 3, 5, 8, 13])
        parts.append("".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(length)))
        if rng.random() < 0.03:
            parts[-1] *= rng.choice([10, 50])
        if rng.random() < 0.3:
            parts.append(" ")
    return "".join(parts)


def main():
    vendors = {name: Tokenizer.from_file(f"{FOLDER}/{npm}/package/models/tokenizer.json") for name, npm in VENDORS.items()}
    for tokenizer in vendors.values():
        # Text that looks like a special token is ordinary text.
        tokenizer.encode_special_tokens = True
    rng = random.Random(SEED)
    for _ in range(COUNT):
        line = {"text": text(rng)}
        for name, tokenizer in vendors.items():
            # Each character of a token stands for one byte of the normalized text.
            tokens = tokenizer.encode(line["text"], add_special_tokens=False).tokens
            line[name] = [len(token) for token in tokens]
        print(json.dumps(line))


main()
