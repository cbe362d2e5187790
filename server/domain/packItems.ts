import { cautiousTokens } from './textRoom.ts'

/** The limits of a call, in tokens; absent: nobody has said it. */
interface CallRoom {
  /** Of prompt and answer together. */
  contextTokens?: number | undefined
  answerTokens?: number | undefined
  /** That the answer may take: for all items together, and for each. */
  ofAnswer: { fixed: number; each: number }
  /** All that is sent besides the items. */
  frame(): string
}

interface WindowParts extends Pick<CallRoom, 'ofAnswer'> {
  frame: string
  items: number
  longest: number
}

/** Fence, key and what the schema says of an item. */
const aroundItem = 40
/** Of texts in a call to a model of which no window is known: what five long ones take. */
const unknownWindow = 7_000
/** Beyond it models lose what stands in the middle, however large their window is. */
const mostTextTokens = 24_000

/** Of texts in a call of a run whose server loads the model for one window. Larger ones take memory that such a machine may lack. */
const textsInOwnWindow = 3_000
/** Longer texts are rare: the window is widened when one comes. */
const longestUsual = 8_000

/**
 * Tokens of prompt and answer together that the calls of a run are made to fit, where the server loads the model for a window of that
 * size: the longest usual text, or several shorter ones. `items`: in a call at most. `longest`: letters of a text at most.
 */
export function windowOfRun({ frame, ofAnswer, items, longest }: WindowParts): number {
  const one = Math.min(longest, longestUsual) / 3
  const texts = Math.max(one, Math.min(items * one, textsInOwnWindow))
  return Math.ceil(cautiousTokens(frame) + ofAnswer.fixed + texts + items * (aroundItem + ofAnswer.each))
}

/** How many of the texts, from the first on, fit into one call with their verdicts; at least one. */
export function packItems(texts: readonly string[], room: CallRoom): number {
  const { contextTokens, answerTokens, ofAnswer } = room
  const most =
    answerTokens === undefined ? texts.length : Math.max(1, Math.floor((answerTokens - ofAnswer.fixed) / ofAnswer.each))
  const isKnown = contextTokens !== undefined
  let left = isKnown ? contextTokens - cautiousTokens(room.frame()) - ofAnswer.fixed : unknownWindow
  let texted = 0
  for (const [index, text] of texts.entries()) {
    const tokens = cautiousTokens(text)
    texted += tokens
    left -= isKnown ? tokens + aroundItem + ofAnswer.each : tokens
    if (index > 0 && (index >= most || left < 0 || texted > mostTextTokens)) return index
  }
  return texts.length
}
