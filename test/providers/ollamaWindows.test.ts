import { describe, expect, it } from 'vitest'
import { useHarness } from '../support/providers/harness.ts'
import { recordedAnswer } from '../support/providers/networkKinds.ts'
import { recorded, replay } from '../support/providers/recordedBodies.ts'

const harness = useHarness()

const line = (fields: object) => `${JSON.stringify(fields)}\n`
const answer = (counts: object, done_reason = 'stop') =>
  line({ message: { role: 'assistant', content: recordedAnswer } }) +
  line({ message: { role: 'assistant', content: '' }, done: true, done_reason, ...counts })

function play(shown: object | null, chat: string | null = null) {
  harness.server.play((response, { path }) => {
    if (path === '/api/show') return replay(shown ? { status: 200, body: shown } : { status: 404, body: {} }, response)
    if (chat === null) return replay(recorded('ollama', 'ok'), response)
    response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(chat)
  })
}

const windows = () =>
  harness
    .bodies()
    .filter(({ messages }) => messages)
    .map(({ options }) => (options as { num_ctx?: number }).num_ctx)

const trained = (tokens: number) => ({ model_info: { 'llama.context_length': tokens } })
const long = (tokens: number) => 'word '.repeat((tokens * 3) / 5)

describe('the window that Ollama is asked for', () => {
  it.each<[string, object | null, string, object, (number | undefined)[]]>([
    ['is its usual one for what is short', trained(32_768), 'short', {}, [4096]],
    ['is the next size for what is longer', trained(32_768), long(5000), {}, [8192]],
    ['is never more than the model was trained for', trained(2048), long(5000), {}, [2048]],
    ['is what somebody registered', trained(32_768), 'short', { context_window: 1000 }, [1000]],
    ['is what its owner gave it', { ...trained(32_768), parameters: 'num_ctx   1024' }, long(5000), {}, [1024]],
    ['is left to a cloud', { remote_host: 'https://ollama.com' }, 'short', {}, [undefined]],
    ['is asked for where nothing is known', null, 'short', {}, [4096]],
  ])('%s', async (name, shown, prompt, parameters, expected) => {
    play(shown)
    await harness.complete('ollama', { model: name.replaceAll(' ', '-'), prompt, parameters })
    expect(windows()).toEqual(expected)
  })

  it('stays as large as the longest call of a run needed', async () => {
    play(trained(32_768))
    for (const tokens of [10, 9000, 10]) await harness.complete('ollama', { model: 'a-run', prompt: long(tokens) })
    expect(windows()).toEqual([4096, 16_384, 16_384])
    expect(harness.server.requests.filter(({ path }) => path === '/api/show')).toHaveLength(1)
  })

  it('is from the first call on what the run will need', async () => {
    play(trained(32_768))
    for (const tokens of [10, 2000]) {
      await harness.complete('ollama', { model: 'run-ahead', prompt: long(tokens), windowTokens: 7000 })
    }
    await harness.complete('ollama', { model: 'run-small', prompt: 'short', windowTokens: 900 })
    expect(windows()).toEqual([8192, 8192, 4096])
  })

  it('grows by what the server counted, where that is more than was reckoned', async () => {
    const said = {
      error: {
        message: 'request (6010 tokens) exceeds the available context size (4096 tokens)',
        n_prompt_tokens: 6010,
        n_ctx: 4096,
      },
    }
    harness.server.play((response, { path, body }) => {
      if (path === '/api/show') return replay({ status: 200, body: trained(32_768) }, response)
      const isWide = (JSON.parse(body) as { options: { num_ctx: number } }).options.num_ctx > 4096
      // As JSON within a text, which is how it comes.
      replay(isWide ? recorded('ollama', 'ok') : { status: 400, body: { error: JSON.stringify(said) } }, response)
    })
    expect(await harness.complete('ollama', { model: 'dense' })).toMatchObject({ ok: true })
    expect(windows()).toEqual([4096, 8192])
  })
})

describe('a model', () => {
  const kept = () =>
    harness
      .bodies()
      .filter(({ messages }) => messages)
      .map(({ keep_alive }) => keep_alive)

  it('that its server lets go after each call is kept for the rest of a run', async () => {
    play(trained(4096), answer({ load_duration: 900_000_000 }))
    for (let call = 0; call < 3; call++) await harness.complete('ollama', { model: 'let-go' })
    expect(kept()).toEqual([undefined, undefined, '5m'])
  })

  it('that stays loaded is left to its server', async () => {
    play(trained(4096), answer({ load_duration: 9_000_000 }))
    for (let call = 0; call < 3; call++) await harness.complete('ollama', { model: 'stays' })
    expect(kept()).toEqual([undefined, undefined, undefined])
  })

  it('that is loaded for a larger window was not let go', async () => {
    play(trained(32_768), answer({ load_duration: 900_000_000 }))
    for (const tokens of [10, 6000]) await harness.complete('ollama', { model: 'larger', prompt: long(tokens) })
    await harness.complete('ollama', { model: 'larger-still', prompt: long(6000) })
    expect(kept()).toEqual([undefined, undefined, undefined])
  })
})

describe('an answer that filled the window', () => {
  it.each([
    ['and went on over the beginning of the prompt', { prompt_eval_count: 4000, eval_count: 420 }, 'stop'],
    ['and ended there', { prompt_eval_count: 4000, eval_count: 96 }, 'length'],
  ])('%s counts for nothing', async (_, counts, reason) => {
    play(trained(4096), answer(counts, reason))
    expect(await harness.complete('ollama', { model: `full-${reason}` })).toMatchObject({
      ok: false,
      reason: { code: 'context_too_long', limitTokens: 4096, remedy: 'set_window' },
    })
  })

  it('is told apart from one that had room left', async () => {
    play(trained(4096), answer({ prompt_eval_count: 4000, eval_count: 95 }))
    expect(await harness.complete('ollama', { model: 'nearly' })).toMatchObject({ ok: true })
  })
})

it('a prompt that does not fit is told with both figures', async () => {
  harness.server.play((response, { path }) => {
    if (path === '/api/show') return replay({ status: 200, body: { parameters: 'num_ctx 1024' } }, response)
    const said = {
      error: {
        code: 400,
        message: 'request (1049 tokens) exceeds the available context size (1024 tokens)',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 1049,
        n_ctx: 1024,
      },
    }
    replay({ status: 400, body: { error: JSON.stringify(said) } }, response)
  })
  expect(await harness.complete('ollama', { model: 'ctx1k' })).toMatchObject({
    reason: { code: 'context_too_long', neededTokens: 1049, limitTokens: 1024, remedy: 'set_window' },
  })
})
