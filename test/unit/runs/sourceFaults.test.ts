import { Buffer } from 'node:buffer'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RunRequest } from '../../../protocol/runs.ts'
import { diskFiles, type RunFiles } from '../../../server/files/diskFiles.ts'
import { defaultLimits } from '../../../server/runs/limits.ts'
import { openSource } from '../../../server/sources/openSource.ts'
import { entryLines, readSource } from '../../support/runs/readSource.ts'
import { useSourceFolder } from '../../support/runs/sourceFolder.ts'

const folder = useSourceFolder()
const { put } = folder

const read = (
  paths: string[],
  fields?: RunRequest['fields'],
  limits: Partial<typeof defaultLimits> = {},
  files = diskFiles,
) => readSource({ kind: 'paths', paths }, fields, limits, files)

function utf16(text: string, bigEndian = false): Buffer {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le')
  return bigEndian ? bytes.swap16() : bytes
}

describe('JSON Lines', () => {
  const cases: [string, string | Uint8Array, string[]][] = [
    ['plain rows', '{"id":1,"text":"a"}\n{"id":2,"text":"b"}\n', ['1|a', '2|b']],
    ['no final line end', '{"id":1,"text":"a"}\n{"id":2,"text":"b"}', ['1|a', '2|b']],
    [
      'CRLF, a byte order mark and blank lines',
      '\uFEFF{"id":1,"text":"a"}\r\n\r\n  \r\n{"id":2,"text":"b"}\r\n',
      ['1|a', '2|b'],
    ],
    ['carriage returns only', '{"id":1,"text":"a"}\r{"id":2,"text":"b"}\r', ['1|a', '2|b']],
    ['line separators within strings', '{"id":1,"text":"a\u2028b\u2029c\u0085d"}\n', ['1|a\u2028b\u2029c\u0085d']],
    ['a number beyond 2^53', '{"id":9007199254740993,"text":"a"}\n', ['9007199254740993|a']],
    [
      'a negative one beside a decimal',
      '{"x":0.1234567890123456789,"id":-9007199254740993,"text":"a"}\n',
      ['-9007199254740993|a'],
    ],
    ['a lone surrogate', '{"id":1,"text":"a\\ud800b"}\n', ['1|a\ud800b']],
    ['strings as rows', '"first"\n"second"\n', ['line:1|first', 'line:2|second']],
    [
      'a line that is not JSON',
      '{"id":1,"text":"a"}\n{"id":2,"text":\n{"id":3,"text":"c"}\n',
      ['1|a', 'line:2!row_invalid: Line 2: not JSON (Unexpected end of JSON input).', '3|c'],
    ],
    [
      'a list and null',
      '{"id":1,"text":"a"}\n[1]\nnull\n',
      [
        '1|a',
        'line:2!row_invalid: Line 2: a list instead of an object with fields.',
        'line:3!row_invalid: Line 3: null instead of an object with fields.',
      ],
    ],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('{"id":1,"text":"a"}\n{"id":2,"text":"'), Buffer.from([0xe9]), Buffer.from('"}\n')]),
      ['1|a', 'line:2!row_encoding: Line 2: not valid UTF-8.'],
    ],
    ['a real replacement character', '{"id":1,"text":"\uFFFD"}\n', ['1|\uFFFD']],
    [
      'no text in one row, empty text in another',
      '{"id":1,"text":"a"}\n{"id":2,"name":"x","n":1}\n{"id":3,"text":" "}\n',
      [
        '1|a',
        '2!text_missing: Line 2: no field with text (text, content, body, message, description, summary); it has id, name, n.',
        '3!skipped text_missing: Line 3: "text" is empty.',
      ],
    ],
    [
      'a title before the body',
      '{"number":7,"title":"T","body":"B"}\n{"number":8,"title":"T","body":""}\n',
      ['7|T\n\nB', '8|T'],
    ],
    ['names in any case', '{"ID":"x","Title":"T","BODY":"B"}\n', ['x|T\n\nB']],
    ['UTF-16 with a mark, little end first', utf16('{"id":1,"text":"ä"}\n'), ['1|ä']],
    ['UTF-16 with a mark, big end first', utf16('{"id":1,"text":"ä"}\n', true), ['1|ä']],
    ['hostile keys', '{"__proto__":{"text":"no"},"constructor":1,"id":1,"text":"a"}\n', ['1|a']],
    ['only blank lines', '\n\n\n', []],
    [
      'nothing readable at all',
      'x\ny\n',
      [
        'STOP malformed@1: none of its first 2 rows can be read; not JSON (Unexpected token \'x\', "x" is not valid JSON)',
      ],
    ],
    [
      'no text field anywhere',
      '{"id":1,"name":"x"}\n{"id":2,"name":"y"}\n',
      [
        'STOP no_text_field@1: no row has a field with text, named "text", "content", "body", "message", "description", "summary", "title"; the fields are id, name',
      ],
    ],
  ]
  test.each(cases)('%s', async (_, content, expected) => {
    expect(entryLines(await read([put('a.jsonl', content)]))).toEqual(expected)
  })

  test('fields that are named, as pointers too', async () => {
    const path = put('a.jsonl', '{"meta":{"k/y":[{"n":"i1"}]},"a":{"b":"one"},"c":"two","text":"not this"}\n')
    const fields = { text: ['/a/b', 'c'], id: '/meta/k~1y/0/n' }
    expect(entryLines(await read([path], fields))).toEqual(['i1|one\n\ntwo'])
  })

  test('a pointer does not reach what every object inherits', async () => {
    const path = put('a.jsonl', '{"id":1,"text":"a"}\n')
    const { failure } = await read([path], { text: ['/constructor/name'] })
    expect(failure).toMatchObject({ code: 'source_invalid', problem: 'no_text_field' })
  })

  test('an id field that is named and missing in one row, then everywhere', async () => {
    const one = put('a.jsonl', '{"k":"a","text":"x"}\n{"text":"y"}\n')
    expect(entryLines(await read([one], { id: 'k' }))).toEqual([
      'a|x',
      'line:2!id_missing: Line 2: no field "k" for the id; it has text.',
    ])
    expect(entryLines(await read([one], { id: 'nope' }))).toEqual([
      'STOP no_id_field@1: no row has a field "nope" for the id; the fields are k, text',
    ])
  })

  test('a line longer than allowed is one broken row, wherever the chunks end', async () => {
    const path = put('a.jsonl', `{"id":1,"text":"a"}\n{"id":2,"text":"${'x'.repeat(700_000)}"}\n{"id":3,"text":"c"}\n`)
    expect(entryLines(await read([path], undefined, { longestRowBytes: 1000 }))).toEqual([
      '1|a',
      'line:2!row_too_long: Line 2: longer than a row may be.',
      '3|c',
    ])
  })

  test('values nested 200,000 deep', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const path = put('a.jsonl', `{"id":1,"text":"a"}\n{"id":2,"text":"b","x":${deep}}\n`)
    expect(entryLines(await read([path]))).toEqual(['1|a', '2|b'])
    expect(Object.prototype).not.toHaveProperty('text')
  })
})

describe('CSV and TSV', () => {
  const cases: [string, string, string | Uint8Array, string[]][] = [
    ['plain rows', 'a.csv', 'id,text\n1,a\n2,b\n', ['1|a', '2|b']],
    ['a byte order mark, CRLF, no final line end', 'a.csv', '\uFEFFid,text\r\n1,a\r\n2,b', ['1|a', '2|b']],
    ['carriage returns only', 'a.csv', 'id,text\r1,a\r2,b\r', ['1|a', '2|b']],
    ['mixed line ends', 'a.csv', 'id,text\r\n1,a\n2,b\r\n', ['1|a', '2|b']],
    ['semicolons', 'a.csv', 'id;text\n1;a,b,c\n2;b\n', ['1|a,b,c', '2|b']],
    ['tabs in a .csv', 'a.csv', 'id\ttext\n1\ta\n', ['1|a']],
    ['a .tsv with commas', 'a.tsv', 'id\ttext\n1\ta,b\n', ['1|a,b']],
    [
      'quotes, line ends and delimiters within cells',
      'a.csv',
      'id,text\n1,"a ""b"", c\n\nd"\n2,e\n',
      ['1|a "b", c\n\nd', '2|e'],
    ],
    [
      'ragged rows',
      'a.csv',
      'id,text\n1,a\n2\n3,b,c\n4,d\n',
      [
        '1|a',
        'line:3!row_invalid: Line 3: 1 column where the header has 2.',
        'line:4!row_invalid: Line 4: 3 columns where the header has 2.',
        '4|d',
      ],
    ],
    [
      'a quote that never closes',
      'a.csv',
      'id,text\n1,a\n2,"b\n3,c\n4,d\n',
      ['1|a', 'line:3!row_invalid: Line 3: a quotation mark is not closed, or is misplaced.', '3|c', '4|d'],
    ],
    [
      'two quotes that never close',
      'a.csv',
      'id,text\n1,"a\n2,b\n3,"c\n4,d\n',
      [
        'line:2!row_invalid: Line 2: a quotation mark is not closed, or is misplaced.',
        '2|b',
        'line:4!row_invalid: Line 4: a quotation mark is not closed, or is misplaced.',
        '4|d',
      ],
    ],
    ['inches', 'a.csv', 'id,text\n1,a 5" disk\n2,b\n3,a 3" disk\n', ['1|a 5" disk', '2|b', '3|a 3" disk']],
    ['a column that is there twice and not used', 'a.csv', 'id,label,label,text\n1,x,y,a\n', ['1|a']],
    ['the text column twice', 'a.csv', 'id,text,text\n1,x,y\n', ['1|x']],
    ['hostile headers', 'a.csv', '__proto__,constructor,text\np,c,a\n', ['line:2|a']],
    ['NUL in a cell is a binary file', 'a.csv', 'id,text\n1,a\0b\n', ['STOP binary: it is a binary file, not text']],
    ['a header only', 'a.csv', 'id,text\n', []],
    [
      'no text column',
      'a.csv',
      'id,name\n1,a\n',
      [
        'STOP no_text_field@2: no row has a field with text, named "text", "content", "body", "message", "description", "summary", "title"; the fields are id, name',
      ],
    ],
    [
      'an unclosed quote in the header',
      'a.csv',
      'id,"text\n1,a\n',
      ['STOP malformed@1: the header cannot be read: a quote is opened and not closed'],
    ],
    ['UTF-16 with a mark', 'a.csv', utf16('id,text\n1,ä\n'), ['1|ä']],
  ]
  test.each(cases)('%s', async (_, name, content, expected) => {
    expect(entryLines(await read([put(name, content)]))).toEqual(expected)
  })

  test('a column called __proto__ can be the text', async () => {
    expect(entryLines(await read([put('a.csv', 'id,__proto__\n1,a\n')], { text: ['__proto__'] }))).toEqual(['1|a'])
  })

  test('10,000 columns', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `c${index}`)
    const path = put('a.csv', `${names.join(',')},text\n${names.join(',')},a\n`)
    expect(entryLines(await read([path]))).toEqual(['line:2|a'])
  })

  test('an unclosed quote does not swallow a large file', async () => {
    const rows = Array.from({ length: 60_000 }, (_, index) => `${index},text of ${index}\n`).join('')
    const { entries, failure } = await read([put('a.csv', `id,text\nx,"open\n${rows}`)], undefined, {
      longestQuotedBytes: 50_000,
    })
    expect(failure).toBeNull()
    expect(entries).toHaveLength(60_001)
    expect(entries.filter((entry) => entry.kind === 'broken').map((entry) => entry.place)).toEqual(['line:2'])
  })
})

describe('JSON arrays', () => {
  const cases: [string, string, string[]][] = [
    [
      'objects over several lines',
      '[\n {"id":1,"text":"a]},{"},\n {"id":2,\n  "text":"b\\""}\n]\n',
      ['1|a]},{', '2|b"'],
    ],
    [
      'one broken element',
      '[\n{"id":1,"text":"a"},\n{"id":2,"text":},\n{"id":3,"text":"c"}]',
      [
        '1|a',
        'line:3!row_invalid: Line 3: not JSON (Unexpected token \'}\', "{"id":2,"text":}" is not valid JSON).',
        '3|c',
      ],
    ],
    [
      'nothing between two commas',
      '[{"id":1,"text":"a"},,{"id":3,"text":"c"}]',
      ['1|a', 'line:1:2!row_invalid: Line 1: nothing between two commas.', '3|c'],
    ],
    [
      'several without an id on one line, told apart by how many came before',
      '[{"text":"a"},{"text":"b"},{"text":"c"},\n{"text":"d"},{"text":"e"}]',
      ['line:1|a', 'line:1:2|b', 'line:1:3|c', 'line:2|d', 'line:2:2|e'],
    ],
    [
      'no end',
      '[{"id":1,"text":"a"},\n{"id":2,"text":"b"',
      ['1|a', 'STOP malformed@2: the array is not closed; the element here has no end'],
    ],
    [
      'text after the end',
      '[{"id":1,"text":"a"}]\n{"id":2}',
      ['1|a', 'STOP malformed@2: there is more text after the end of the document'],
    ],
    ['an empty one', '[]', []],
    ['numbers beyond 2^53', '[{"id":9007199254740993,"text":"a"}]', ['9007199254740993|a']],
  ]
  test.each(cases)('%s', async (_, content, expected) => {
    expect(entryLines(await read([put('a.json', content)]))).toEqual(expected)
  })

  test('one object a line although it is called .json; one object with a text is one item', async () => {
    expect(entryLines(await read([put('a.json', '{"id":1,"text":"a"}\n{"id":2,"text":"b"}\n')]))).toEqual([
      '1|a',
      '2|b',
    ])
    expect(entryLines(await read([put('b.json', '{\n"id":1,"text":"a"}\n')]))).toEqual(['1|a'])
  })
})

describe('files that the user named', () => {
  const cases: [string, string, string | Uint8Array, string][] = [
    ['empty', 'a.txt', '', 'empty: it is empty'],
    ['a byte order mark only', 'a.txt', '\uFEFF', 'empty: it is empty'],
    ['binary', 'a.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]), 'binary: it is a binary file, not text'],
    ['a PDF', 'a.pdf', '%PDF-1.7\nabc', 'binary: it is a binary file, not text'],
    ['UTF-32', 'a.txt', Buffer.from([0xff, 0xfe, 0, 0, 65, 0, 0, 0]), 'encoding: it is UTF-32; save it as UTF-8'],
    [
      'UTF-32 without a mark',
      'a.txt',
      Buffer.from([...'hello'].flatMap((letter) => [letter.charCodeAt(0), 0, 0, 0])),
      'encoding: it is UTF-32; save it as UTF-8',
    ],
    [
      'Latin-1',
      'a.txt',
      Buffer.from('caf\xe9 au lait', 'latin1'),
      'encoding: it is not valid UTF-8; say which encoding it has (windows-1252 for older Western files) or save it as UTF-8',
    ],
  ]
  test.each(cases)('%s', async (_, name, content, expected) => {
    expect(entryLines(await read([put(name, content)]))).toEqual([`STOP ${expected}`])
  })

  test('text, UTF-16 with a mark included', async () => {
    expect(entryLines(await read([put('a.txt', 'héllo\n')]))).toEqual(['a.txt|héllo\n'])
    expect(entryLines(await read([put('b.txt', utf16('héllo\n', true))]))).toEqual(['b.txt|héllo\n'])
  })

  test('missing, a device, a FIFO and a link that leads to itself', async () => {
    expect(entryLines(await read([join(folder.path, 'none')]))).toEqual(['STOP missing: there is no such file'])
    expect(entryLines(await read(['/dev/null']))).toEqual(['STOP not_a_file: it is not a regular file'])
    execFileSync('mkfifo', [join(folder.path, 'pipe')])
    expect(entryLines(await read([join(folder.path, 'pipe')]))).toEqual(['STOP not_a_file: it is not a regular file'])
    symlinkSync(join(folder.path, 'loop'), join(folder.path, 'loop'))
    expect(entryLines(await read([join(folder.path, 'loop')]))).toEqual(['STOP unreadable: its links form a loop'])
  })

  test('several of them have ids that tell them apart; the same one twice counts once', async () => {
    const one = put('x/a.jsonl', '{"text":"a"}\n')
    const two = put('y/b.md', 'b')
    expect(entryLines(await read([one, two, join(folder.path, 'x', '..', 'x', 'a.jsonl')]))).toEqual([
      'x/a.jsonl:line:1|a',
      'y/b.md|b',
    ])
  })
})

describe('folders', () => {
  test('every text file, in order, and nothing that is not material', async () => {
    put('b.md', 'two')
    put('a/z.txt', 'one')
    put('.hidden/x.txt', 'no')
    put('.env', 'no')
    put('node_modules/m/x.txt', 'no')
    put('image.png', Buffer.from([0, 1, 2]))
    put('rows.jsonl', '{"id":1,"text":"row"}\n')
    put('rows.results.jsonl', '{"runId":"x"}\n')
    put('rows.results.csv.20261121t093000000z-000000.tmp', 'no')
    put('empty.txt', '')
    put('latin.txt', Buffer.from('caf\xe9', 'latin1'))
    put('table.csv', 'x,y\n1,2\n')
    symlinkSync(folder.path, join(folder.path, 'self'))
    expect(entryLines(await read([folder.path]))).toEqual([
      'a/z.txt|one',
      'b.md|two',
      'empty.txt!skipped file_empty: empty.txt: it is empty.',
      'latin.txt!file_encoding: latin.txt: it is not valid UTF-8; say which encoding it has (windows-1252 for older Western files) or save it as UTF-8.',
      '1|row',
      expect.stringMatching(/^table\.csv!text_missing: table\.csv: line 2: no row has a field with text/),
    ])
  })

  test('a folder without material', async () => {
    mkdirSync(join(folder.path, 'empty'))
    expect(entryLines(await read([join(folder.path, 'empty')]))).toEqual([
      'STOP no_items: it holds no text files (hidden ones and node_modules do not count)',
    ])
  })

  test('a file that may not be read is one failed item; named, it is a reason', async () => {
    put('a.txt', 'a')
    const locked = put('b.txt', 'b')
    // Whoever runs tests as root may read everything.
    const files: RunFiles = {
      ...diskFiles,
      async open(path, flags, mode) {
        if (path === locked) throw Object.assign(new Error('no'), { code: 'EACCES' })
        return await diskFiles.open(path, flags, mode)
      },
    }
    expect(entryLines(await read([locked], undefined, {}, files))).toEqual(['STOP unreadable: permission denied'])
    expect(entryLines(await read([folder.path], undefined, {}, files))).toEqual([
      'a.txt|a',
      'b.txt!file_unreadable: b.txt: permission denied.',
    ])
  })

  test('a file above the limit is one failed item', async () => {
    put('a.txt', 'x'.repeat(100))
    put('b.txt', 'b')
    const { entries } = await read([folder.path], undefined, { longestRowBytes: 50 })
    expect(entries.map((entry) => entry.kind)).toEqual(['broken', 'readable'])
  })
})

describe('a selection', () => {
  test('is one item under its name', async () => {
    const opened = await openSource(
      { source: { kind: 'text', name: 'a.md:3', text: 'hello' } },
      diskFiles,
      defaultLimits,
    )
    expect(opened).toMatchObject({ ok: true, value: { label: 'a.md:3', inputs: [] } })
    if (!opened.ok) return
    expect(await opened.value.read().next()).toMatchObject({ value: [{ id: 'a.md:3', text: 'hello' }] })
  })

  test('of blanks is nothing', async () => {
    const opened = await openSource({ source: { kind: 'text', name: 'a.md', text: ' \n' } }, diskFiles, defaultLimits)
    expect(opened).toMatchObject({ ok: false, reason: { code: 'source_invalid', problem: 'empty' } })
  })
})

describe('a file that changes while it is read', () => {
  const long = Array.from({ length: 40_000 }, (_, id) => `{"id":${id},"text":"some text of a row"}\n`).join('')

  test.each([
    ['grows', (path: string) => writeFileSync(path, 'more', { flag: 'a' })],
    ['shrinks', (path: string) => writeFileSync(path, '{"id":0,"text":"a"}\n')],
    ['vanishes', (path: string) => rmSync(path)],
    [
      'is replaced',
      (path: string) => {
        rmSync(path)
        writeFileSync(path, long)
      },
    ],
  ])('%s: what was read stays, the rest is told', async (_, change) => {
    const path = put('a.jsonl', long)
    const opened = await openSource({ source: { kind: 'paths', paths: [path] } }, diskFiles, defaultLimits)
    if (!opened.ok) throw new Error(opened.reason.message)
    const stream = opened.value.read()
    const first = await stream.next()
    expect(first.done).toBe(false)
    change(path)
    for (;;) {
      const next = await stream.next()
      if (!next.done) continue
      expect(next.value).toMatchObject({ ok: false, reason: { code: 'source_invalid', problem: 'changed' } })
      return
    }
  })
})
