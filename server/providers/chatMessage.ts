import { asFields, type Fields } from './errorBody.ts'
import { beginsWithThinking, withoutThinking } from './thinking.ts'
import { textOfCalls } from './toolArguments.ts'
import { isWholeJson } from './wholeJson.ts'

/** What a message says, wherever in it a server puts that. */
export interface ChatMessage {
  /** Empty: it says nothing. */
  text: string
  hasThought: boolean
}

/**
 * Reads the choice of a chat completion. Nothing of it is trusted to be as typed: content comes as a text, in parts with and without a type,
 * or as the object itself; the answer stands in tool calls, in the function call of old, in `parsed`, or in the thoughts.
 */
export function readChatMessage(choice: Fields): ChatMessage {
  // A whole answer in the shape of a single piece of a stream.
  const message = asFields(choice.message) ?? asFields(choice.delta)
  const content = message?.content ?? choice.text
  const written = withoutThinking(contentText(content)).trim()
  const thoughts = thoughtsOf(message).trim()
  const called = textOfCalls(argumentsOf(message))
  return {
    text: answerOf({ called, written, parsed: message?.parsed, thoughts }),
    hasThought: thoughts !== '' || hasThoughtPart(content) || beginsWithThinking(asText(content)),
  }
}

function answerOf(said: { called: string; written: string; parsed: unknown; thoughts: string }): string {
  const { called, written, parsed, thoughts } = said
  // Both are whole: a call of another tool stands beside the answer, or they differ, which the reader of answers has to see.
  if (called !== '' && written !== called && isWholeJson(written)) return `${called}\n${written}`
  if (called !== '') return called
  if (written !== '') return written
  if (typeof parsed === 'object' && parsed !== null) return JSON.stringify(parsed)
  // A server that takes the whole answer for thoughts. Thinking aloud holds drafts, and never counts.
  const shown = withoutThinking(thoughts)
  return isWholeJson(shown) ? shown.trim() : ''
}

/** The arguments of all calls, those of old included. */
export function argumentsOf(message: Fields | null): unknown[] {
  const calls = Array.isArray(message?.tool_calls) ? message.tool_calls.map(asFields) : []
  const all = [...calls.map((call) => asFields(call?.function) ?? call), asFields(message?.function_call)]
  return all.map((call) => call?.arguments ?? call?.input ?? call?.parameters)
}

const thoughtTypes = new Set<unknown>(['thinking', 'redacted_thinking', 'reasoning', 'reasoning_content'])

export function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return partText(content) ?? (asFields(content) === null ? '' : JSON.stringify(content))
  const texts = content.map(partText)
  // None of them is a part: the list is the answer itself.
  if (content.length > 0 && texts.every((text) => text === null)) return JSON.stringify(content)
  return texts.join('')
}

/** The text of a part; null: this is no part of a message. */
function partText(part: unknown): string | null {
  if (typeof part === 'string') return part
  const fields = asFields(part)
  if (fields === null) return null
  if (thoughtTypes.has(fields.type)) return ''
  const text = asFields(fields.text)?.value ?? fields.text ?? (isTyped(fields) ? fields.content : undefined)
  if (typeof text === 'string') return text
  if (typeof fields.json === 'object' && fields.json !== null) return JSON.stringify(fields.json)
  return isTyped(fields) ? '' : null
}

function isTyped({ type }: Fields): boolean {
  return typeof type === 'string'
}

function hasThoughtPart(content: unknown): boolean {
  return Array.isArray(content) && content.some((part) => thoughtTypes.has(asFields(part)?.type))
}

export function thoughtsOf(message: Fields | null): string {
  return asText(message?.reasoning_content) || asText(message?.reasoning) || asText(message?.thinking)
}

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
