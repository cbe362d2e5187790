import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Call, commandAgain, commandToType } from '../../cli/invocation/call.ts'
import { exitCodeOf } from '../../cli/invocation/exitCodes.ts'
import { nextStep } from '../../cli/invocation/nextStep.ts'
import { commandLine, programName } from '../../cli/terminal/commandLine.ts'
import { type ReasonCode, ReasonFacts, readinessCodes, reasonCodes } from '../../protocol/reasons.ts'
import { explainReason } from '../../shared/describe/reason.ts'
import { valuesOf } from '../protocol/contractArbitrary.ts'

const call: Call = { program: 'llm-providers', globals: [], path: ['run'], words: ['run', 'issues.jsonl'] }

function step(facts: ReasonFacts, changes: Partial<Call> = {}): string {
  return nextStep(explainReason(facts), { ...call, ...changes })
}

const provider = 'ollama'
const endpoint = 'http://127.0.0.1:11434'

const down = { code: 'provider_unreachable', provider: 'p', endpoint: 'https://models.example/v1' } as const

test.each<[ReasonFacts, RegExp]>([
  [{ ...down, obstacle: 'certificate_untrusted' }, /NODE_EXTRA_CA_CERTS=FILE\.pem llm-providers run issues\.jsonl/],
  [{ ...down, obstacle: 'certificate_expired' }, /^renew the certificate there/],
  [{ ...down, obstacle: 'tls_failed' }, /^look at how the server takes connections/],
  [{ ...down, obstacle: 'http2_only' }, /HTTP\/1\.1/],
  [{ ...down, obstacle: 'proxy_login' }, /HTTPS_PROXY=http:\/\/USER:PASSWORD@HOST:PORT/],
  [{ ...down, obstacle: 'proxy_refused' }, /NO_PROXY=HOST/],
  [{ ...down, obstacle: 'proxy_unreachable' }, /NO_PROXY=HOST/],
  [{ ...down, obstacle: 'certificate_host' }, /^llm-providers provider set p base_url=VALUE$/],
  [
    { ...down, obstacle: 'speaks_http', otherAddress: 'http://models.example/v1' },
    /^llm-providers provider set p base_url=http:\/\/models\.example\/v1$/,
  ],
  [
    { code: 'invalid_response', provider: 'p', problem: 'not_the_api', detail: 'x', otherAddress: 'http://h/v1' },
    /^llm-providers provider set p base_url=http:\/\/h\/v1$/,
  ],
  [
    { code: 'invalid_response', provider: 'p', problem: 'not_json', detail: 'x', otherAddress: 'http://h/v1' },
    /^llm-providers provider set p base_url=http:\/\/h\/v1$/,
  ],
])('what stands in the way has a step of its own: %o', (facts, expected) => {
  const told = step(facts)
  expect(told).toMatch(expected)
  expect(told).not.toMatch(/start the server/)
})

test('a model that cannot be read out is asked by text in the same call, where that said otherwise', () => {
  const facts = {
    code: 'ask_unsupported',
    provider,
    model: 'm',
    ask: 'readout',
    why: 'model',
    readout: 'thinks',
  } as const
  const words = ['run', 'issues.jsonl', '--ask', 'readout', '--limit', '5']
  expect(step(facts, { words })).toBe('llm-providers run issues.jsonl --limit 5 --ask text')
})

test.each<[ReasonFacts, string]>([
  [{ code: 'no_route', task: 'scoring' }, 'llm-providers route set scoring --provider ID --model MODEL'],
  [{ code: 'provider_unconfigured', provider }, 'llm-providers provider add ollama --kind KIND'],
  [{ code: 'provider_disabled', provider }, 'llm-providers provider enable ollama'],
  [
    { code: 'ask_unsupported', provider, model: 'm', ask: 'readout', why: 'server', readout: 'no_logprobs' },
    'llm-providers route set TASK --provider ollama --model m --ask text',
  ],
  [
    { code: 'config_invalid', provider, problems: [{ path: 'port', message: 'too big' }] },
    'llm-providers provider set ollama port=VALUE',
  ],
  [{ code: 'secret_missing', provider, source: 'secret_store' }, 'llm-providers provider set-key ollama'],
  [{ code: 'auth_failed', provider }, 'llm-providers provider set-key ollama'],
  [
    { code: 'secret_missing', provider, source: 'secret_store', store: 'damaged' },
    'llm-providers provider set-key ollama',
  ],
  [
    { code: 'secret_missing', provider, source: 'secret_store', store: 'absent', variable: 'OPENAI_API_KEY' },
    'llm-providers provider set ollama --key-env OPENAI_API_KEY',
  ],
  [
    { code: 'secret_missing', provider, source: 'secret_store', store: 'slow' },
    'llm-providers provider set ollama --key-env NAME',
  ],
  [{ code: 'secret_missing', provider, source: 'environment', variable: 'WORK_KEY' }, 'export WORK_KEY=…'],
  [
    { code: 'secret_missing', provider, source: 'environment', variable: 'WORK_KEY', boundTo: 'https://a.example' },
    'llm-providers provider set ollama --key-env WORK_KEY',
  ],
  [
    { code: 'secret_missing', provider, source: 'environment', variable: 'GATEWAY', header: 'X-Gateway' },
    'export GATEWAY=…',
  ],
  [
    {
      ...{ code: 'secret_missing', provider, source: 'environment', variable: 'GATEWAY', header: 'X-Gateway' },
      boundTo: 'https://a.example',
    },
    'llm-providers provider set ollama header_env=VALUE',
  ],
  [{ code: 'secret_missing', provider: 'gateway:team', source: 'secret_store' }, 'llm-providers gateway set-key team'],
  [
    { code: 'secret_missing', provider: 'gateway:team', source: 'secret_store', store: 'absent' },
    'llm-providers gateway set team --key-env NAME',
  ],
  [
    { code: 'secret_missing', provider: 'gateway:team', source: 'environment', variable: 'ADMIN_KEY' },
    'export ADMIN_KEY=…',
  ],
  [
    { code: 'gateway_unusable', gateway: 'team', url: 'http://gw', problem: 'not_a_gateway' },
    'llm-providers gateway set team --url URL',
  ],
  [
    { code: 'gateway_unusable', gateway: 'team', url: 'http://gw', problem: 'key_refused' },
    'llm-providers gateway set-key team',
  ],
  [
    { code: 'gateway_entry', gateway: 'team', provider, model: 'm', problem: 'not_stored' },
    'llm-providers gateway sync team',
  ],
  [
    { code: 'gateway_entry', gateway: 'team', provider, model: 'm', problem: 'kind_unsupported' },
    'llm-providers model set ollama m sync=false',
  ],
  [{ code: 'store_read_only', cause: 'newer_version', why: 'w' }, 'update llm-providers'],
  [
    { code: 'store_read_only', cause: 'moved', why: 'w' },
    'leave out --data-dir and LLM_PROVIDERS_HOME, or name the folder that it moved to',
  ],
  [
    { code: 'store_read_only', cause: 'no_permission', why: 'w' },
    'make it writable, or name another folder: --data-dir FOLDER',
  ],
  [
    { code: 'store_failed', cause: 'disk_full', detail: 'd' },
    'make room there, or name another folder: --data-dir FOLDER',
  ],
  [{ code: 'provider_unreachable', provider, endpoint }, 'llm-providers provider test ollama'],
  [{ code: 'model_missing', provider, model: 'x', alternatives: [] }, 'llm-providers provider models ollama'],
  [
    { code: 'model_deprecated', provider, model: 'x', shutdownAt: null, replacement: 'new model' },
    "llm-providers route set TASK --provider ollama --model 'new model'",
  ],
  [{ code: 'labels_failed', file: 'golden.jsonl', detail: 'not JSON' }, 'look at golden.jsonl'],
  [
    { code: 'labels_failed', file: 'golden.jsonl', problem: 'no_labels', detail: 'there is no such file' },
    'llm-providers label set RUN ITEM --category NAME',
  ],
  [{ code: 'run_busy', runId: '20261121-a', pid: 7 }, 'llm-providers run show 20261121-a'],
  [{ code: 'no_default_model', type: 'generation' }, 'llm-providers model default ID MODEL'],
  [{ code: 'not_found', what: 'category', id: 'x' }, 'llm-providers category list'],
  [{ code: 'has_dependents', what: 'provider', id: 'x', dependents: [] }, 'llm-providers run issues.jsonl --yes'],
  [{ code: 'usage_invalid', detail: 'no', usage: 'llm-providers run' }, 'llm-providers run --help'],
])('%o leads to one line to type', (facts, line) => {
  expect(step(facts)).toBe(line)
})

test.each<[ReasonFacts, string[], string]>([
  [
    { code: 'model_deprecated', provider, model: 'x', shutdownAt: null, replacement: 'y' },
    ['run', 'a.jsonl', '--provider', 'ollama', '--model', 'x', '--limit', '5'],
    'llm-providers run a.jsonl --provider ollama --limit 5 --model y',
  ],
  [
    { code: 'model_missing', provider, model: 'x', alternatives: ['y', 'z'] },
    ['run', 'a.jsonl', '--provider=ollama', '--model=x'],
    'llm-providers run a.jsonl --provider=ollama --model MODEL',
  ],
  [
    { code: 'model_missing', provider, model: 'x', alternatives: [] },
    ['run', 'a.jsonl', '--provider', 'ollama', '--model', 'x'],
    'llm-providers provider models ollama',
  ],
  [
    { code: 'model_unconfigured', provider, task: 'scoring' },
    ['score', 'a.jsonl', '--provider', 'ollama'],
    'llm-providers score a.jsonl --provider ollama --model MODEL',
  ],
])('%o of a model that the call named leads to the call with another one', (facts, words, line) => {
  expect(step(facts, { path: words.slice(0, 1), words })).toBe(line)
})

test('a test that fails does not recommend itself alone', () => {
  const words = ['provider', 'test', 'ollama']
  const told = step({ code: 'provider_unreachable', provider, endpoint }, { path: ['provider', 'test'], words })
  expect(told).toBe('start the server (ollama serve) or correct its address, then llm-providers provider test ollama')
})

test.each([
  [
    ['provider', 'test'],
    ['provider', 'test', 'ollama'],
  ],
  [
    ['model', 'test'],
    ['model', 'test', 'ollama', 'small'],
  ],
])('a cancelled %s is only called again', (path, words) => {
  expect(step({ code: 'cancelled', doing: 'test' }, { path, words })).toBe(`llm-providers ${words.join(' ')}`)
})

test('what was not added is added again, correctly', () => {
  const words = ['provider', 'add', 'lab', '--kind', 'openai-compatible']
  const facts: ReasonFacts = { code: 'config_invalid', provider, problems: [{ path: 'base_url', message: 'missing' }] }
  expect(step(facts, { path: ['provider', 'add'], words })).toBe(
    'llm-providers provider add lab --kind openai-compatible --set base_url=VALUE',
  )
})

test.each([
  ['no_text_field', '--text FIELD'],
  ['no_id_field', '--id FIELD'],
] as const)('%s leads to the option that names the field', (problem, option) => {
  expect(step({ code: 'source_invalid', source: 'x.csv', problem, detail: 'no row has it' })).toContain(option)
})

test('a line repeats where the data is', () => {
  const globals = ['--data-dir', '/tmp/my data']
  expect(step({ code: 'provider_disabled', provider }, { globals })).toBe(
    "llm-providers --data-dir '/tmp/my data' provider enable ollama",
  )
})

describe.each(reasonCodes)('%s', (code) => {
  test('has a next step on one line, whatever is known, and an exit code that is not success', () => {
    const option = ReasonFacts.options.find((each) => each.shape.code.value === code)
    if (!option) throw new Error(`no facts for ${code}`)
    fc.assert(
      fc.property(valuesOf(option) as fc.Arbitrary<ReasonFacts>, (facts) => {
        const line = step(facts)
        expect(line).toMatch(/^\S/)
        expect(line).not.toMatch(/\n|\[object|undefined=/)
        expect(line).not.toContain('\u001b')
      }),
      { numRuns: 25 },
    )
    expect(exitCodeOf(code)).toBeGreaterThan(0)
  })
})

test('what keeps a task from being ready is exit code 3, and only that interrupts', () => {
  const codes = readinessCodes.map((code): [ReasonCode, number] => [code, exitCodeOf(code)])
  expect(codes.filter(([, exitCode]) => exitCode !== 3)).toEqual([['cancelled', 130]])
})

test.each([
  ['plain words stay as they are', ['run', 'a/b.jsonl', '--text', 'x,y'], 'run a/b.jsonl --text x,y'],
  ['a space is quoted', ['two words'], "'two words'"],
  ['nothing is expanded by a shell', ['$(rm -rf ~)', '`id`', '!!', 'a;b'], "'$(rm -rf ~)' '`id`' '!!' 'a;b'"],
  ['a quote inside is closed and opened again', ["it's"], "'it'\\''s'"],
  ['an empty word stays a word', [''], "''"],
  ['an escape sequence can not reach the terminal', ['a\u001b[2Jb'], "'a␛[2Jb'"],
])('%s', (_name, words, line) => {
  expect(commandLine(words)).toBe(line)
})

test('a call that is too long to read is not repeated', () => {
  const words = ['run', ...Array.from({ length: 200 }, (_, index) => `file-${index}.jsonl`)]
  expect(commandAgain({ ...call, words })).toBe('the same command again')
  expect(commandAgain({ ...call, words }, '--yes')).toBe('the same command with --yes')
})

test.each([
  ['/usr/local/bin/llm-providers', '/home/ada', 'llm-providers'],
  ['/home/ada/node_modules/llm-providers/dist/cli.js', '/home/ada', 'llm-providers'],
  ['/home/ada/checkout/dist/cli.js', '/home/ada/checkout', 'node dist/cli.js'],
  ['/home/ada/checkout/dist/cli.js', '/tmp', 'node /home/ada/checkout/dist/cli.js'],
])('a program at %s seen from %s is called "%s"', (script, workingFolder, program) => {
  expect(programName(script, workingFolder)).toBe(program)
  expect(commandToType({ ...call, program }, 'audit')).toBe(`${program} audit`)
})
