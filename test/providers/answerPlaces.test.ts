import { describe, expect, it } from 'vitest'
import { readChatMessage } from '../../server/providers/chatMessage.ts'
import { textOfCalls } from '../../server/providers/toolArguments.ts'

const answer = '{"verdicts":[{"key":"a","interest":7}]}'
const other = '{"verdicts":[{"key":"b","interest":2}]}'
const parsed = JSON.parse(answer) as object
const call = (args: unknown) => ({ function: { name: 'verdicts', arguments: args } })
const said = (message: object) => readChatMessage({ message }).text

describe('the answer in a message', () => {
  it.each<[where: string, message: object]>([
    ['content', { content: answer }],
    ['content after thoughts', { content: `<think>Maybe ${other}</think>${answer}` }],
    ['a text part', { content: [{ type: 'text', text: answer }] }],
    ['a part of another type', { content: [{ type: 'output_text', text: answer }] }],
    ['a part without a type', { content: [{ text: answer }] }],
    ['a part whose text is an object', { content: [{ type: 'text', text: { value: answer, annotations: [] } }] }],
    ['a part with content', { content: [{ type: 'message', content: answer }] }],
    ['texts in a list', { content: [answer.slice(0, 9), answer.slice(9)] }],
    ['one part that is no list', { content: { type: 'text', text: answer } }],
    ['the object itself', { content: parsed }],
    ['a part after thoughts', { content: [{ type: 'thinking', text: other }, { text: answer }] }],
    ['parsed', { content: null, parsed }],
    ['parsed, beside empty content', { content: '', parsed, tool_calls: null }],
    ['a tool call', { content: null, tool_calls: [call(answer)] }],
    ['a tool call with an object', { content: '', tool_calls: [call(parsed)] }],
    ['a tool call with JSON within JSON', { content: '', tool_calls: [call(JSON.stringify(answer))] }],
    ['a tool call whose list is a text', { tool_calls: [call({ verdicts: '[{"key":"a","interest":7}]' })] }],
    ['content beside a tool call without arguments', { content: answer, tool_calls: [call('{}')] }],
    ['content beside a tool call with none', { content: answer, tool_calls: [{ function: null }, 7] }],
    ['the function call of old', { content: null, function_call: { name: 'verdicts', arguments: answer } }],
    ['thoughts, if they are nothing else', { content: '', reasoning_content: ` ${answer}\n` }],
    ['thoughts by another name', { content: null, reasoning: answer }],
    ['thoughts by a third name', { content: null, thinking: answer }],
    ['a tool call with parameters', { content: null, tool_calls: [{ function: { name: 'f', parameters: parsed } }] }],
  ])('is found in %s', (_, message) => {
    expect(said(message)).toBe(answer)
  })

  it.each<[what: string, message: object]>([
    ['thinking aloud', { content: '', reasoning_content: `Perhaps ${answer}` }],
    ['cut off thoughts', { content: '', reasoning_content: answer.slice(0, -2) }],
    ['thoughts in parts', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: answer }] }] }],
    ['parts of a picture', { content: [{ type: 'image_url', image_url: { url: 'x' } }] }],
    ['no content', { content: null }],
    ['empty calls', { content: '', tool_calls: [call(''), call('{}'), call(null)] }],
  ])('is not taken from %s', (_, message) => {
    expect(said(message)).toBe('')
  })

  it('is found in a text completion', () => {
    expect(readChatMessage({ text: answer })).toEqual({ text: answer, hasThought: false })
  })

  it('is found in a single piece that is no stream', () => {
    expect(readChatMessage({ delta: { content: answer } })).toEqual({ text: answer, hasThought: false })
  })

  it('shows both where a call and the content are whole', () => {
    expect(said({ content: answer, tool_calls: [call({ query: 'x' })] })).toBe(`{"query":"x"}\n${answer}`)
  })

  it('keeps a list that is no list of parts', () => {
    expect(said({ content: [{ key: 'a', interest: 7 }] })).toBe('[{"key":"a","interest":7}]')
  })
})

describe('several tool calls', () => {
  it('are one answer where each says a part of it', () => {
    expect(textOfCalls([answer, other])).toBe('{"verdicts":[{"key":"a","interest":7},{"key":"b","interest":2}]}')
    expect(textOfCalls([{ verdicts: { a: { interest: 7 } } }, { verdicts: { b: { interest: 2 } } }])).toBe(
      '{"verdicts":{"a":{"interest":7},"b":{"interest":2}}}',
    )
  })

  it('are shown one a line where they are not', () => {
    const twice = [{ verdicts: { a: { interest: 7 } } }, { verdicts: { a: { interest: 2 } } }]
    expect(textOfCalls(twice)).toBe(twice.map((each) => JSON.stringify(each)).join('\n'))
    expect(textOfCalls([{ key: 'a' }, { key: 'b' }])).toBe('{"key":"a"}\n{"key":"b"}')
    expect(textOfCalls([answer, '{"verdicts":[{"ke'])).toBe(`${answer}\n{"verdicts":[{"ke`)
  })
})
