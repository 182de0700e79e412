"""The official SDKs against the simulator: `check.py PATH_TO_API_SIMULATOR`.

Each test starts from a fresh account. The last line says `N passed, N failed`.
"""

import json
import subprocess
import sys
import time
import unittest
import urllib.request

import cerebras.cloud.sdk as cerebras
import openai

KEY = "sk-simulated"
MODEL = "gpt-oss-120b"
SIMULATOR = None


class Simulator:
    """The simulator as a child process on a free port."""

    def __init__(self, command, *options):
        self.process = subprocess.Popen(
            [command, "--port", "0", "--ttft-ms", "20", *options],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.base = self.process.stdout.readline().strip()
        self.root = "/".join(self.base.split("/")[:3])

    def reset(self):
        request = urllib.request.Request(f"{self.root}/sim/reset", method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def ledger(self):
        with urllib.request.urlopen(f"{self.root}/sim/ledger", timeout=10) as response:
            return json.load(response)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


def ask(text):
    return [{"role": "user", "content": text}]


class Common:
    """What both SDKs must be able to do. `sdk` is the module, `client(...)` makes a client of it."""

    def setUp(self):
        SIMULATOR.reset()

    def test_it_lists_models(self):
        ids = [model.id for model in self.client().models.list().data]
        self.assertEqual(ids, [MODEL, "qwen-3.8-27b"])
        self.assertEqual(self.client().models.retrieve(MODEL).id, MODEL)

    def test_an_answer_in_one_piece_adds_up(self):
        answer = self.client().chat.completions.create(
            model=MODEL, messages=ask("What is a token bucket?"), max_completion_tokens=400
        )
        self.assertIn("Simulated", answer.choices[0].message.content)
        self.assertIn(answer.choices[0].finish_reason, ("stop", "length"))
        usage = answer.usage
        self.assertEqual(usage.prompt_tokens + usage.completion_tokens, usage.total_tokens)
        self.assertGreater(usage.completion_tokens, 0)

    def test_a_stream_is_the_same_answer_with_the_same_figures(self):
        question = {"model": MODEL, "messages": ask("What is TTFT? 日本語 👍"), "seed": 7}
        client = self.client()
        whole = client.chat.completions.create(**question)
        chunks = list(client.chat.completions.create(**question, stream=True))
        for chunk in chunks:
            for field in ("id", "created", "model", "object", "system_fingerprint"):
                self.assertTrue(getattr(chunk, field), f"{field} in {chunk}")
        deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
        text = "".join(delta.content or "" for delta in deltas)
        self.assertEqual(text, whole.choices[0].message.content)
        self.assertEqual(chunks[-1].choices[0].finish_reason, "stop")
        usage = chunks[-1].usage
        self.assertEqual(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens)
        self.assertEqual(usage.completion_tokens, whole.usage.completion_tokens)
        booked = SIMULATOR.ledger()["requests"]
        self.assertEqual([entry["completion"] for entry in booked], [usage.completion_tokens] * 2)
        self.assertEqual([entry["prompt"] for entry in booked], [usage.prompt_tokens] * 2)

    def test_each_status_is_its_typed_exception(self):
        sdk = self.sdk
        cases = [
            ("400", sdk.BadRequestError),
            ("context", sdk.BadRequestError),
            ("wrong-key", sdk.AuthenticationError),
            ("403", sdk.PermissionDeniedError),
            ("404", sdk.NotFoundError),
            ("429-tokens-minute", sdk.RateLimitError),
            ("429-requests-day", sdk.RateLimitError),
            ("500", sdk.InternalServerError),
            ("503", sdk.InternalServerError),
        ]
        for fault, expected in cases:
            with self.subTest(fault), self.assertRaises(expected):
                self.client(max_retries=0).chat.completions.create(
                    model=MODEL, messages=ask(f"[[sim:fault={fault}]]")
                )

    def test_a_wrong_key_and_a_wrong_model_are_found_out(self):
        with self.assertRaises(self.sdk.AuthenticationError):
            self.client(api_key="nonsense").models.list()
        with self.assertRaises(self.sdk.NotFoundError) as caught:
            self.client().chat.completions.create(model="gone", messages=ask("hi"))
        self.assertIn("gone", str(caught.exception))

    def test_an_unknown_field_is_refused_by_name(self):
        with self.assertRaises(self.sdk.BadRequestError) as caught:
            self.client().chat.completions.create(model=MODEL, messages=ask("hi"), extra_body={"top_k": 1})
        self.assertIn("top_k", str(caught.exception))

    def test_a_retry_waits_as_long_as_the_server_says(self):
        started = time.monotonic()
        self.client(max_retries=2).chat.completions.create(
            model=MODEL, messages=ask("[[sim:fault=429-minute:2*1]] hi"), max_completion_tokens=10
        )
        self.assertGreaterEqual(time.monotonic() - started, 2)
        self.assertEqual(len(SIMULATOR.ledger()["requests"]), 1, "the refused request cost nothing")

    def test_a_server_error_is_retried_until_it_goes_away(self):
        answer = self.client(max_retries=2).chat.completions.create(
            model=MODEL, messages=ask("[[sim:fault=503*2]] hi"), max_completion_tokens=10
        )
        self.assertEqual(answer.choices[0].finish_reason, "length")

    def test_the_trial_lets_five_requests_a_minute_in(self):
        client = self.client(max_retries=0)
        for _ in range(5):
            client.chat.completions.create(model=MODEL, messages=ask("hi"), max_completion_tokens=10)
        with self.assertRaises(self.sdk.RateLimitError) as caught:
            client.chat.completions.create(model=MODEL, messages=ask("hi"), max_completion_tokens=10)
        wait = float(caught.exception.response.headers["retry-after"])
        self.assertTrue(0 < wait <= 12, wait)

    def test_an_error_in_the_stream_is_raised(self):
        stream = self.client().chat.completions.create(
            model=MODEL, messages=ask("[[sim:fault=stream-error:5]]"), stream=True
        )
        with self.assertRaises(self.sdk.APIError):
            list(stream)

    def test_a_tool_is_called(self):
        parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
        tool = {"type": "function", "function": {"name": "get_weather", "parameters": parameters}}
        answer = self.client().chat.completions.create(
            model=MODEL, messages=ask("What is the weather in Bern?"), tools=[tool]
        )
        call = answer.choices[0].message.tool_calls[0]
        self.assertEqual((call.function.name, call.function.arguments), ("get_weather", '{"city":"Bern"}'))
        self.assertEqual(answer.choices[0].finish_reason, "tool_calls")
        chunks = self.client().chat.completions.create(
            model=MODEL, messages=ask("What is the weather in Bern?"), tools=[tool], stream=True
        )
        deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
        calls = [call.function for delta in deltas for call in delta.tool_calls or []]
        self.assertEqual("".join(call.name or "" for call in calls), "get_weather")
        self.assertEqual("".join(call.arguments or "" for call in calls), '{"city":"Bern"}')


class OpenAi(Common, unittest.TestCase):
    """`openai`."""

    sdk = openai

    def client(self, **options):
        return openai.OpenAI(base_url=SIMULATOR.base, **{"api_key": KEY, **options})


class Cerebras(Common, unittest.TestCase):
    """`cerebras-cloud-sdk`. It warms the connection by itself, at /v1/tcp_warming."""

    sdk = cerebras

    def client(self, **options):
        return cerebras.Cerebras(base_url=SIMULATOR.root, **{"api_key": KEY, **options})

    def test_it_reads_the_time_info(self):
        answer = self.client().chat.completions.create(model=MODEL, messages=ask("hi"), max_completion_tokens=20)
        self.assertGreater(answer.time_info.total_time, 0)


class Shapes(unittest.TestCase):
    """`openai` against the other dialects."""

    def test_every_dialect_lists_and_streams(self):
        for shape in ("groq", "openrouter", "llamacpp"):
            simulator = Simulator(sys.argv[1], "--shape", shape)
            self.addCleanup(simulator.stop)
            with self.subTest(shape):
                client = openai.OpenAI(base_url=simulator.base, api_key=KEY)
                model = client.models.list().data[0].id
                question = {"model": model, "messages": ask("hi"), "max_completion_tokens": 200, "seed": 1}
                whole = client.chat.completions.create(**question)
                chunks = list(
                    client.chat.completions.create(
                        **question, stream=True, stream_options={"include_usage": True}
                    )
                )
                deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
                text = "".join(delta.content or "" for delta in deltas)
                self.assertEqual(text, whole.choices[0].message.content)
                self.assertEqual(chunks[-1].usage.completion_tokens, whole.usage.completion_tokens)


def main():
    global SIMULATOR
    SIMULATOR = Simulator(sys.argv[1])
    try:
        suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
        result = unittest.TextTestRunner(verbosity=2).run(suite)
    finally:
        SIMULATOR.stop()
    # A test with several failed cases counts as one failed test.
    failed = len({case.id().split(" ")[0] for case, _ in result.failures + result.errors})
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


if __name__ == "__main__":
    main()
