import { describe, expect, test } from 'vitest'
import { formatOf } from '../../cli/keys/plaintextKeys.ts'

const key = 'sk-fake-0123456789abcdef'

/** The file as it is and as it is without the key: every other character stays. */
const files: [string, string, string, { name: string; line: number }][] = [
  [
    'settings.json',
    `{\n\t// ours\n\t"editor.fontSize": 14,\n\t"tool.apiKey": "${key}", // secret\n\t"last": true,\n}\n`,
    '{\n\t// ours\n\t"editor.fontSize": 14,\n\t// secret\n\t"last": true,\n}\n',
    { name: 'tool.apiKey', line: 4 },
  ],
  [
    'config.jsonc',
    `{"a": {"models": [{"title": "x", "apiKey": "${key}"}]}}`,
    '{"a": {"models": [{"title": "x"}]}}',
    { name: 'a.models.0.apiKey', line: 1 },
  ],
  ['last.json', `{\n  "a": 1, // one\n  "key": "${key}"\n}\n`, '{\n  "a": 1 // one\n}\n', { name: 'key', line: 3 }],
  ['first.json', `{ "key": "${key}", "a": 1 }`, '{ "a": 1 }', { name: 'key', line: 1 }],
  ['only.json', `{ "key": "${key}" }`, '{ }', { name: 'key', line: 1 }],
  [
    'crlf.json',
    `{\r\n  "key": "${key}",\r\n  // why\r\n  "a": 1\r\n}`,
    '{\r\n  // why\r\n  "a": 1\r\n}',
    { name: 'key', line: 2 },
  ],
  ['list.json', `["--key", "${key}", 1]`, '["--key", "", 1]', { name: '1', line: 1 }],
  [
    'config.yaml',
    `# ours\nmodels:\n  - name: x\n    apiKey: ${key}   # secret\n    roles: [chat, edit]\nlast: 'on'\n`,
    `# ours\nmodels:\n  - name: x\n    apiKey: ""   # secret\n    roles: [chat, edit]\nlast: 'on'\n`,
    { name: 'models.0.apiKey', line: 4 },
  ],
  ['flow.yml', `{a: {key: '${key}', b: 1}}\n`, '{a: {key: "", b: 1}}\n', { name: 'a.key', line: 1 }],
  [
    '.env.local',
    `PORT=1\r\nexport OPENAI_API_KEY="${key}" # secret\r\nLAST=2\r\n`,
    'PORT=1\r\nexport OPENAI_API_KEY= # secret\r\nLAST=2\r\n',
    { name: 'OPENAI_API_KEY', line: 2 },
  ],
  ['.env', `OPENAI_API_KEY=${key}`, 'OPENAI_API_KEY=', { name: 'OPENAI_API_KEY', line: 1 }],
]

describe.each(files)('%s', (file, text, expected, place) => {
  test('tells its key by name and line, and loses nothing but the key', async () => {
    const format = await formatOf(file)
    const found = format.values(text).filter(({ value }) => value === key)
    expect(found).toEqual([{ ...place, value: key }])
    for (const each of found) expect(format.without?.(text, each)).toBe(expected)
  })

  test('is not changed where it has another value by now', async () => {
    const format = await formatOf(file)
    const changed = text.replace(key, 'sk-fake-another-0123456789')
    expect(format.without?.(changed, { ...place, value: key })).toBeNull()
  })
})

test('a file that we do not know how to change is only read', async () => {
  const format = await formatOf('config.toml')
  expect(format.values(`[openai]\napi_key = "${key}"\n`)).toEqual([{ name: 'api_key', value: key, line: 2 }])
  expect(format.without).toBeNull()
})

test.each(['settings.json', 'a.yaml', '.env', 'a.toml'])(
  '%s with nothing or nonsense in it has no values',
  async (file) => {
    const format = await formatOf(file)
    for (const text of ['', '{{{', '\u0000\u0001', ': : :']) expect(() => format.values(text)).not.toThrow()
    expect(format.values('')).toEqual([])
  },
)
