import { expect, it } from 'vitest'
import { fieldChanges } from '../../../webview/pages/audit/describeAudit.ts'

it.each([
  ['something new', null, { enabled: true }, [{ name: 'enabled', before: undefined, after: 'true' }]],
  ['something removed', { model: 'a' }, null, [{ name: 'model', before: 'a', after: undefined }]],
  [
    'one field of the settings',
    { kind: 'ollama', config: { port: 1, base_url: 'http://a' } },
    { kind: 'ollama', config: { port: 2, base_url: 'http://a' } },
    [{ name: 'config.port', before: '1', after: '2' }],
  ],
  ['a list', { names: ['a'] }, { names: ['a', 'b'] }, [{ name: 'names', before: '["a"]', after: '["a","b"]' }]],
  ['a plain value', 'a', 'b', [{ name: '', before: 'a', after: 'b' }]],
  ['nothing', { a: 1 }, { a: 1 }, []],
])('tells what changed: %s', (_, before, after, changes) => {
  expect(fieldChanges({ before, after })).toEqual(changes)
})
