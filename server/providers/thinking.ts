import type { CompletionRequest } from './adapter.ts'

/** Room for thoughts, which count as output nearly everywhere. */
export const tokensForThinking = 16_384

/** Whether thinking was asked for; false also where nothing was said. */
export function asksToThink({ thinking }: Pick<CompletionRequest, 'thinking'>): boolean {
  return thinking !== undefined && thinking !== false
}

const thoughtMarks = /^\s*<think(?:ing)?>([\s\S]*?)<\/think(?:ing)?>\s*/i

/** Local servers that do not know a model's thinking marks leave the thoughts in front of the answer. They are no content. */
export function withoutThinking(text: string): string {
  return text.replace(thoughtMarks, '')
}

/** Whether a text begins with thoughts of that kind. */
export function beginsWithThinking(text: string): boolean {
  return (thoughtMarks.exec(text)?.[1] ?? '').trim() !== ''
}
