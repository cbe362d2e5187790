import { Buffer } from 'node:buffer'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SourceSpec } from '../../../protocol/sources.ts'
import { diskFiles } from '../../../server/files/diskFiles.ts'
import { describeSource } from '../../../server/sources/describeSource.ts'
import { readMarkdownRow } from '../../../server/sources/markdownFile.ts'
import { defaultSourceLimits } from '../../../server/sources/sourceLimits.ts'
import { toEnglish } from '../../../shared/message.ts'
import { createHarness } from '../../support/runs/harness.ts'
import { entryLines, readSource } from '../../support/runs/readSource.ts'
import { useSourceFolder } from '../../support/runs/sourceFolder.ts'

const folder = useSourceFolder()
const { put } = folder

type Told = Partial<Omit<Extract<SourceSpec, { kind: 'paths' }>, 'kind' | 'paths'>>
type Fields = Parameters<typeof readSource>[1]

async function read(name: string, content: string | Uint8Array, told: Told = {}, fields?: Fields): Promise<string[]> {
  return entryLines(await readSource({ kind: 'paths', paths: [put(name, content)], ...told }, fields))
}

const describeFile = (path: string) =>
  describeSource({ source: { kind: 'paths', paths: [path] } }, diskFiles, defaultSourceLimits)

describe('a table as people and programs write it', () => {
  const cases: [what: string, name: string, content: string, items: string[]][] = [
    ['spaces before quotes', 'a.csv', 'id, text\n1, "one, two"\n2, "say ""hi"""\n', ['1|one, two', '2|say "hi"']],
    [
      'backslashes before quotes',
      'a.csv',
      'id,text\n1,"he \\"said, so\\" now"\n2,plain\n',
      ['1|he "said, so" now', '2|plain'],
    ],
    ['a line that names the separator', 'a.csv', 'sep=;\r\nid;text\r\n1;a, b\r\n', ['1|a, b']],
    ['comments before the header', 'a.csv', '# made by hand\n# in May\nid,text\n1,a\n', ['1|a']],
    ['a header that begins with a number sign', 'a.tsv', '#id\ttext\n1\ta\n', ['1|a']],
    ['a mark at the end of each line', 'a.csv', 'id,text\n1,a,\n2,b,\n', ['1|a', '2|b']],
    [
      'rows of separators',
      'a.csv',
      'id,text\n1,a\n,\n2,b\n',
      ['1|a', 'line:3!skipped text_missing: Line 3: its cells are empty.', '2|b'],
    ],
    [
      'a lone quote between tabs',
      'a.tsv',
      'text\tn\n"Wow\t1\nfine"\t0\nlast\t1\n',
      ['line:2|"Wow', 'line:3|fine"', 'line:4|last'],
    ],
    [
      'a quote that nothing closes, between tabs',
      'a.tsv',
      'text\tn\n"Wow\t1\nfine\t0\n',
      ['line:2|"Wow', 'line:3|fine'],
    ],
    ['two columns of one name', 'a.csv', 'id,text,text\n1,a,b\n', ['1|a']],
  ]
  test.each(cases)('%s', async (_, name, content, items) => {
    expect(await read(name, content)).toEqual(items)
  })

  test('the second column of one name can be named', async () => {
    expect(await read('a.csv', 'k,Note,Note\n1,a,b\n', {}, { text: ['Note (2)'] })).toEqual(['line:2|b'])
  })

  test('no quotes at all, when a person says so', async () => {
    const table = 'id,text\n1,"a\n2,b"\n'
    expect(await read('a.csv', table)).toEqual(['1|a\n2,b'])
    expect(await read('a.csv', table, { quote: 'none' })).toEqual(['1|"a', '2|b"'])
  })

  test('a bad byte within a cell of several lines is one failed item, and the next rows are read', async () => {
    const bytes = Buffer.from('id,text\n1,"one\ncaf\xe9\nthree"\n2,good\n', 'latin1')
    expect(await read('a.csv', bytes)).toEqual(['line:2!row_encoding: Line 2: not valid UTF-8 on line 3.', '2|good'])
  })

  test('column names that are not of the encoding are refused, with the way to read them', async () => {
    const path = put('a.csv', Buffer.from('id;gr\xf6\xdfe;text\n1;2;a\n', 'latin1'))
    const { failure } = await readSource({ kind: 'paths', paths: [path] })
    expect(failure).toMatchObject({ code: 'source_invalid', problem: 'encoding', encoding: 'windows-1252', line: 1 })
  })
})

describe('a table without a header', () => {
  const table =
    'ham\tAre you coming to lunch today\nspam\tYou won a prize, call us now\nham\tThe meeting moved to three\n'

  test('keeps its first row', async () => {
    const items = await read('a.tsv', table)
    expect(items).toHaveLength(3)
    expect(items[0]).toBe('line:1|Are you coming to lunch today')
  })

  test.each(['2', '#2', 'column 2', 'column2'])('has columns by number: %s', async (name) => {
    const items = await read('a.csv', 'a,b\nc,d\n', { header: false }, { text: [name] })
    expect(items).toEqual(['line:1|b', 'line:2|d'])
  })

  test('is described as one', async () => {
    const described = await describeFile(put('a.tsv', table))
    expect(described).toMatchObject({ ok: true, value: { header: false, text: ['column 2'] } })
  })

  test('years as the names of columns are a header', async () => {
    const items = await read('a.csv', 'region,2019,2020\nnorth,1,2\nsouth,3,4\n', {}, { text: ['region'] })
    expect(items).toEqual(['line:2|north', 'line:3|south'])
  })
})

describe('the text is found by what the columns hold', () => {
  const cases: [what: string, name: string, content: string, items: string[]][] = [
    [
      'one column of sentences',
      'a.csv',
      'k,stars,review\n1,4,The switch is loose after a week\n2,1,One leg is shorter\n',
      ['line:2|The switch is loose after a week', 'line:3|One leg is shorter'],
    ],
    [
      'with its title',
      'a.csv',
      'Subject,stars,Feedback\nLamp,4,The switch is loose after a week\nChair,1,One leg is shorter\n',
      ['line:2|Lamp\n\nThe switch is loose after a week', 'line:3|Chair\n\nOne leg is shorter'],
    ],
    [
      'a usual name that holds no text',
      'a.jsonl',
      '{"content":"text/html","note":"It stops after the login page"}\n{"content":"text/html","note":"The export takes two minutes"}\n',
      ['line:1|It stops after the login page', 'line:2|The export takes two minutes'],
    ],
    [
      'a field within a field',
      'a.jsonl',
      '{"id":1,"data":{"lang":"en","text":"It crashes on start"}}\n',
      ['1|It crashes on start'],
    ],
    ['a list of texts', 'a.jsonl', '{"id":1,"text":["one","two"]}\n', ['1|one\ntwo']],
  ]
  test.each(cases)('%s', async (_, name, content, items) => {
    expect(await read(name, content)).toEqual(items)
  })

  test('two questions of a survey are not clear', async () => {
    const survey =
      'Time,What did you like?,What should we improve?\n2024/01/02 10:00,The fast support team,Nothing I can think of right now\n'
    const { failure } = await readSource({ kind: 'paths', paths: [put('a.csv', survey)] })
    expect(failure).toMatchObject({ problem: 'no_text_field', field: 'What should we improve?' })
  })

  test('where it is not clear, the best one is named', async () => {
    const path = put('a.csv', 'k,first,second\n1,It crashes whenever I open it,It never shows a single thing\n')
    const { failure } = await readSource({ kind: 'paths', paths: [path] })
    expect(failure).toMatchObject({ problem: 'no_text_field', field: expect.stringMatching(/^(first|second)$/) })
  })

  test.each([
    ['In your view, what went wrong?', 'line:2|a, b'],
    ['in your view, what went WRONG?', 'line:2|a, b'],
    ['In your view, what went wrong?,n', 'line:2|a, b\n\n7'],
  ])('by its name, whatever signs it holds: %s', async (name, item) => {
    const table = 'n,"In your view, what went wrong?"\n7,"a, b"\n'
    expect(await read('a.csv', table, {}, { text: [name] })).toEqual([item])
  })

  test.each(['data.text', '/data/text'])('by a path: %s', async (name) => {
    expect(await read('a.jsonl', '{"id":1,"data":{"text":"a"}}\n', {}, { text: [name] })).toEqual(['1|a'])
  })
})

describe('the id is found by its name, and by being different in each row', () => {
  test.each(['_id', 'tweet_id', 'Issue key', 'RespondentID', 'ticketId', 'Case no.'])('%s', async (name) => {
    const table = `${name},text\nx1,a\nx2,b\n`
    expect(await read('a.csv', table)).toEqual(['x1|a', 'x2|b'])
  })

  test.each(['user_id', 'grid', 'Status'])('%s is none', async (name) => {
    expect(await read('a.csv', `${name},text\nx1,a\nx2,b\n`)).toEqual(['line:2|a', 'line:3|b'])
  })

  test('one that comes twice is none', async () => {
    expect(await read('a.csv', 'ticket_id,uuid,text\n1,u1,a\n1,u2,b\n')).toEqual(['u1|a', 'u2|b'])
  })

  test('an empty one is said to be empty', async () => {
    expect(await read('a.csv', 'k,text\n,a\n2,b\n', {}, { id: 'k' })).toEqual([
      'line:2!row_invalid: Line 2: "k", the id, is empty.',
      '2|b',
    ])
  })
})

describe('a JSON document of another form', () => {
  const cases: [what: string, name: string, content: string, items: unknown[]][] = [
    [
      'objects that follow one another',
      'a.json',
      '{\n "id":1,\n "text":"a"\n}\n{\n "id":2,\n "text":"b"\n}\n',
      ['1|a', '2|b'],
    ],
    [
      'lists of cells, which are no objects',
      'a.json',
      '[["id","text"],[1,"a"]]',
      [expect.stringMatching(/^STOP malformed@1: none of its first 2 rows can be read; a list instead of an object/)],
    ],
    ['objects by their names', 'a.json', '{"x":{"text":"a"},"y":{"text":"b"}}', ['x|a', 'y|b']],
    [
      'comments',
      'a.json',
      '// don\'t "trust\n[\n /* { */ {"id":1,"text":"a // no"},\n {"id":2,"text":"b",},\n]\n',
      ['1|a // no', '2|b'],
    ],
    [
      'GeoJSON',
      'a.geojson',
      '{"type":"FeatureCollection","features":[{"type":"Feature","id":"f1","properties":{"description":"The road is closed"},"geometry":null}]}',
      ['f1|The road is closed'],
    ],
    [
      'numbers that JSON does not know',
      'a.jsonl',
      '{"id":1,"text":"a","n":NaN}\n{"id":2,"text":"NaN","n":-Infinity}\n',
      ['1|a', '2|NaN'],
    ],
    [
      'a list behind a long beginning',
      'a.json',
      `{"about":"${'x'.repeat(70_000)}","items":[{"id":1,"text":"a"}]}`,
      ['1|a'],
    ],
    [
      'none behind a long beginning',
      'a.json',
      `{"about":"${'x'.repeat(70_000)}"}`,
      [expect.stringMatching(/^STOP malformed@1: there is no list of items/)],
    ],
    [
      'SARIF whose version comes last',
      'a.json',
      '{"runs":[{"tool":{"driver":{"name":"T","rules":[]}},"results":[{"ruleId":"r","message":{"text":"m"}}]}],"version":"2.1.0"}',
      ['line:1|m\n\nr'],
    ],
    [
      'SARIF without findings',
      'a.sarif',
      '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":[]}]}',
      [],
    ],
    [
      'what is named SARIF and is none',
      'a.sarif',
      '{"version":"2.1.0"}',
      [expect.stringMatching(/^STOP malformed@1: it is not a SARIF log/)],
    ],
    [
      'a notebook whose lines have no ends',
      'a.ipynb',
      '{"nbformat":3,"worksheets":[{"cells":[{"cell_type":"code","input":["a = 1","b = 2"]}]}]}',
      ['line:1|a = 1\nb = 2'],
    ],
  ]
  test.each(cases)('%s', async (_, name, content, items) => {
    expect(await read(name, content)).toEqual(items)
  })

  test('one that is cut off is described with what is wrong', async () => {
    const described = await describeFile(put('a.json', '[\n{"id":1,"text":"a"},\n{"id":2,"te'))
    expect(described).toMatchObject({
      ok: true,
      value: { problems: [expect.stringMatching(/line 3: the array is not closed/)] },
    })
  })
})

describe('no entry of a feed or an outline vanishes', () => {
  const rss = (items: string): string => `<rss version="2.0"><channel>${items}</channel></rss>`
  const cases: [what: string, name: string, content: string | Uint8Array, items: string[]][] = [
    [
      'one that is never closed',
      'a.xml',
      rss('\n<item><guid>1</guid><title>A</title>\n<item><guid>2</guid><title>B</title></item>'),
      ['1|A', '2|B'],
    ],
    [
      'a section that is never closed',
      'a.xml',
      rss(
        '\n<item><guid>1</guid><title><![CDATA[A</title></item>\n<item><guid>2</guid><title><![CDATA[B]]></title></item>\n<item><guid>3</guid><title>C</title></item>',
      ),
      ['line:2!row_invalid: Line 2: a part of the entry here is not closed and holds the entries that follow.', '3|C'],
    ],
    [
      'bytes of another encoding',
      'a.xml',
      Buffer.from(
        rss('\n<item><guid>1</guid><title>caf\xe9</title></item>\n<item><guid>2</guid><title>B</title></item>'),
        'latin1',
      ),
      ['line:2!row_encoding: Line 2: not valid UTF-8.', '2|B'],
    ],
    [
      'markup within an attribute',
      'a.opml',
      '<opml><body>\n<outline text="A <a href="x">b</a>" xmlUrl="u1"/>\n<outline text="B" xmlUrl="u2"/>\n</body></opml>',
      ['line:2!row_invalid: Line 2: its tag is not well-formed: an attribute holds a quotation mark.', 'u2|B'],
    ],
    [
      'entities, a heart, a script',
      'a.xml',
      rss(
        '<item><guid>1</guid><title>Caf&eacute; I <![CDATA[<3]]></title><description>&lt;p&gt;Soup &amp;mdash; hot&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description></item>',
      ),
      ['1|Café I <3\n\nSoup — hot'],
    ],
  ]
  test.each(cases)('%s', async (_, name, content, items) => {
    expect(await read(name, content)).toEqual(items)
  })
})

describe('records in XML', () => {
  test('as Stack Exchange writes them', async () => {
    const posts =
      '<?xml version="1.0"?>\n<posts>\n<row Id="7" PostTypeId="1" Title="T" Body="&lt;p&gt;How?&lt;/p&gt;" />\n<row Id="8" PostTypeId="2" Body="So." />\n</posts>'
    expect(await read('Posts.xml', posts)).toEqual(['7|T\n\n<p>How?</p>', '8|So.'])
  })

  test('as the event log of Windows writes them', async () => {
    const event = (id: number, message: string): string =>
      `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><EventRecordID>${id}</EventRecordID><Level>2</Level></System><EventData><Data Name="User">ada</Data></EventData><RenderingInfo><Message>${message}</Message></RenderingInfo></Event>`
    const events = [
      event(1, 'The service did not start in time'),
      event(2, 'The disk has a bad block'),
      event(3, 'A driver was loaded again'),
    ]
    const items = ['1|The service did not start in time', '2|The disk has a bad block', '3|A driver was loaded again']
    expect(await read('a.xml', `<Events>\n${events.join('\n')}\n</Events>`)).toEqual(items)
    expect(await read('b.xml', events.join('\n'))).toEqual(items)
  })
})

describe('the lines of one record of a log are one item', () => {
  const cases: [what: string, content: string, firsts: number[]][] = [
    [
      'PHP',
      '[04-Mar-2024 09:12:01 UTC] PHP Fatal error:  Uncaught Exception\nStack trace:\n#0 /app/b.php(9): load()\n#1 {main}\n  thrown in /app/a.php\n[04-Mar-2024 09:12:05 UTC] PHP Warning:  x\n',
      [1, 6],
    ],
    [
      'java.util.logging',
      'Nov 21, 2026 4:59:10 AM com.example.Main run\nSEVERE: failed\njava.lang.IllegalStateException: x\n\tat com.example.Main.run(Main.java:3)\nNov 21, 2026 4:59:11 AM com.example.Main run\nINFO: done\n',
      [1, 5],
    ],
    [
      '.NET',
      'info: Microsoft.Hosting.Lifetime[14]\n      Now listening\nfail: App.Orders[0]\n      Failed\n      System.Exception: x\n         at App.Orders.Place()\n',
      [1, 3],
    ],
    [
      'Go',
      '2026/11/21 04:59:10 start\npanic: no port\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x1d\nexit status 2\n',
      [1],
    ],
    [
      'Go without times',
      'start\npanic: no port\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x1d\nexit status 2\nanother line\n',
      [1, 2, 8],
    ],
    [
      'Ruby',
      "E, [2026-11-21T04:59:10.1 #8] ERROR -- : failed (RuntimeError)\napp/a.rb:3:in `b'\napp/a.rb:7:in `c'\nI, [2026-11-21T04:59:11.1 #8]  INFO -- : done\n",
      [1, 4],
    ],
    [
      'W3C, whose directives are no records',
      '#Software: Web\n#Fields: date time path\n2026-11-21 04:59:10 /a\n2026-11-21 04:59:11 /b\n',
      [3, 4],
    ],
  ]
  test.each(cases)('%s', async (_, content, firsts) => {
    const items = await read('a.log', content)
    expect(items.map((item) => item.split('|')[0])).toEqual(firsts.map((line) => `line:${line}`))
  })

  test('a JSON record without a message is judged whole, and its own fields can be named', async () => {
    const log = '{"time":"2026-11-21T04:59:10Z","request":"GET /a","status":500}\n'
    expect(await read('a.log', log)).toEqual([`line:1|${log.trim()}`])
    expect(await read('a.log', log, {}, { text: ['request'] })).toEqual(['line:1|GET /a'])
  })
})

describe('one JSON object without a usual text is no silent text', () => {
  const prose = ['The app crashes when I open a file', 'Where can I find the invoice of May?'] as const
  test.each<[what: string, value: unknown, items: string[]]>([
    [
      'records by their keys',
      { 'T-1': { complaint: prose[0] }, 'T-2': { complaint: prose[1] } },
      [`T-1|${prose[0]}`, `T-2|${prose[1]}`],
    ],
    [
      'a single list, however deep',
      { a: { b: { c: [{ complaint: prose[0] }, { complaint: prose[1] }] } } },
      [`line:1|${prose[0]}`, `line:1:2|${prose[1]}`],
    ],
    ['a list of texts', { meta: { n: 1 }, comments: ['It crashes', 'Great'] }, ['line:1|It crashes', 'line:1:2|Great']],
    ['a list of texts by any name', { asked: [...prose] }, [`line:1|${prose[0]}`, `line:1:2|${prose[1]}`]],
    [
      'a record of a log',
      { level: 'error', ts: 1, code: 'E1' },
      ['line:1|ERROR: {"level":"error","ts":1,"code":"E1"}'],
    ],
    ['an empty list where items are usual', { total: 0, rows: [] }, []],
  ])('%s: read', async (_, value, items) => {
    expect(await read('a.json', JSON.stringify(value))).toEqual(items)
  })

  test.each<[what: string, content: string, refusal: RegExp]>([
    [
      'settings',
      '{"port":8080,"debug":true}',
      /^STOP no_text_field@\d+: .* only port, debug; it can be read as one text/,
    ],
    [
      'settings with comments',
      '{\n  // why\n  "a.b": 12,\n  "c": "off",\n}',
      /^STOP no_text_field@\d+: .* only a\.b, c;/,
    ],
    [
      'settings with a list of names',
      '{"compilerOptions":{"strict":true},"include":["src/**"]}',
      /^STOP no_text_field@\d+: .*compilerOptions/,
    ],
    [
      'records without a text',
      '{"a":{"n":1,"severity":"high"},"b":{"n":2}}',
      /^STOP no_text_field@\d+: .*n, severity, key/,
    ],
    ['texts by their keys', JSON.stringify({ q1: prose[0], q2: prose[1] }), /^STOP no_text_field@\d+: .* only q1, q2;/],
    ['nothing', '{}', /^STOP no_text_field/],
    [
      'several lists',
      '{"x":{"people":[{"n":1}],"things":[{"m":2}]}}',
      /^STOP malformed@1: it has several lists \(\/x\/people, \/x\/things\)/,
    ],
  ])('%s: refused with what would help', async (_, content, refusal) => {
    expect((await read('a.json', content)).join('\n')).toMatch(refusal)
    // A person who means one text, or one field, gets that.
    expect(await read('a.json', content, { format: 'text' })).toEqual([`a.json|${content}`])
  })

  test('braces around prose are prose', async () => {
    expect(await read('a.txt', '{ no object at all }')).toEqual(['a.txt|{ no object at all }'])
  })

  test('log records without a message are read as they are, rows of a table with a level of their own are not', async () => {
    const log = [
      { level: 'error', ts: 1, code: 'E1' },
      { level: 'info', ts: 2, code: 'E2' },
    ]
    const lines = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).join('\n')
    expect(await read('a.jsonl', lines(log))).toHaveLength(2)
    const rows = prose.map((title, at) => ({ date: at, level: 'info', title }))
    expect(await read('b.jsonl', lines(rows))).toEqual([`line:1|${prose[0]}`, `line:2|${prose[1]}`])
  })
})

describe('front matter', () => {
  test.each([
    ['that is no YAML counts line by line', '---\ntitle: Buying: a guide\n---\nBody', 'a.md|Buying: a guide\n\nBody'],
    [
      'that is prose between two lines is text',
      '---\nOnly words here\n---\nBody',
      'a.md|---\nOnly words here\n---\nBody',
    ],
  ])('%s', async (_, content, item) => {
    expect(await read('a.md', content)).toEqual([item])
  })

  test.each([
    ['title: A\ntags: [a, b', 'Body', 'line 3 of its front matter is not YAML; only its plain lines are read'],
    ['title: Buying: a guide', 'Body', 'line 2 of its front matter is not YAML; only its plain lines are read'],
    ['- a\n- b', 'Body', 'its front matter is not a list of names and values, and is left out'],
    ['42', 'Body', 'its front matter is not a list of names and values, and is left out'],
    [
      'Only words here',
      '---\nOnly words here\n---\nBody',
      'the part between its first --- lines is not front matter, and is judged as text',
    ],
    [
      `a: &a [x]\n${'bcdefgh'.replaceAll(/./g, (name) => `${name}: &${name} [${'*a,'.repeat(40)}]\n`)}`,
      'Body',
      'its front matter expands without limit and is left out',
    ],
    ['title: A', 'A\n\nBody', null],
    ['', 'Body', null],
    ['# only a comment', 'Body', null],
  ])('%j is judged by what is below it, and what does not count is told', async (matter, text, note) => {
    const row = await readMarkdownRow(`---\n${matter}\n---\nBody`, 'a.md')
    if (row.kind !== 'row') throw new Error(row.error.message)
    expect(row.note ? toEnglish(row.note) : null).toBe(note)
    const told = ['title', 'body'].map((name) => row.fields.read(name)).filter((each) => each !== undefined)
    expect(told.join('\n\n')).toContain(text)
  })

  test.each([
    ['+++\ntitle = "A"\n+++\nBody', 'its front matter is TOML, which is not supported'],
    ['---\ntitle: A\n\nBody', 'its front matter has no end, and is judged as text'],
    ['+++\ntitle = "A"\nBody', 'its front matter has no end, and is judged as text'],
    ['---\n\nBody after a line', null],
    ['--- title: A', null],
  ])('%j is told', async (content, note) => {
    const row = await readMarkdownRow(content, 'a.md')
    expect(row.kind === 'row' && row.note ? toEnglish(row.note) : null).toBe(note)
  })

  test('that cannot be read is a note of the run, with the file and why', async () => {
    const harness = await createHarness()
    try {
      await harness.file('notes/a.md', '---\ntitle: [A\n---\nBody of a')
      await harness.file('notes/b.md', '---\ntitle: B\n---\nBody of b')
      await harness.file('notes/c.md', '+++\nx = 1\n+++\nBody of c')
      const view = await harness.run({ source: { kind: 'paths', paths: [join(harness.folder, 'work', 'notes')] } })
      expect(view.counts).toMatchObject({ ok: 3, failed: 0 })
      expect(view.notes).toMatchObject({
        items: 2,
        first: [
          { item: 'a.md', message: expect.stringContaining('line') },
          { item: 'c.md', message: 'its front matter is TOML, which is not supported' },
        ],
      })
    } finally {
      await harness.dispose()
    }
  })
})

test('UTF-16 without a mark is read', async () => {
  expect(await read('a.csv', Buffer.from('id,text\n1,It crashes\n', 'utf16le'))).toEqual(['1|It crashes'])
  expect(await read('a.csv', Buffer.from('id,text\n1,It crashes\n', 'utf16le').swap16())).toEqual(['1|It crashes'])
})

test('a folder is described with what is read of it and what is not', async () => {
  put('a.md', 'One')
  put('b.txt', 'Two')
  put('c.bin', Buffer.from([0, 1, 2, 3]))
  put('.hidden', 'x')
  const described = await describeFile(folder.path)
  expect(described).toMatchObject({
    ok: true,
    value: {
      files: {
        read: [
          { format: 'markdown', count: 1 },
          { format: 'text', count: 1 },
        ],
        leftOut: expect.arrayContaining([
          { reason: 'hidden', count: 1 },
          { reason: 'binary', count: 1 },
        ]),
        isPartial: false,
      },
    },
  })
})

test('a folder whose one feed has no entries has no items, and is no failure', async () => {
  put('a.xml', '<rss><channel></channel></rss>')
  expect(entryLines(await readSource({ kind: 'paths', paths: [folder.path] }))).toEqual([])
})
