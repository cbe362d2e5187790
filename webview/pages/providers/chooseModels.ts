import type { ModelInfo } from '../../../protocol/providers.ts'

/** What is preselected of the models that a provider has. Null: it has none of that sort. */
export interface ModelChoice {
  /** For the tasks: a model that decides where there is one, else one that writes. */
  tasks: string | null
  /** For what a model that only decides cannot do: proposals and explanations. */
  text: string | null
}

/** Names of models that answer with something else than text, where their list does not say what they are. */
const otherThanText =
  /embed|rerank|whisper|transcri|tts|speech|audio|realtime|image|dall-?e|imagen|veo|sora|moderation|guard|ocr|search-preview|computer-use/i
/** What makers call models that are quick and cheap, and good enough to sort and score. */
const quick = /\b(?:mini|flash|haiku|small|lite|nano|instant|turbo|air|fast|[2-9]b|1[0-4]b)\b/i

export function isForText({ type, model }: ModelInfo): boolean {
  return type === undefined ? !otherThanText.test(model) : type === 'generation' && !otherThanText.test(model)
}

/** It answers typed questions with probabilities. */
export function doesDecide({ type, decisions }: ModelInfo): boolean {
  return type === 'decision' || decisions !== undefined
}

export function isForTasks(info: ModelInfo): boolean {
  return doesDecide(info) || isForText(info)
}

export function chooseModels(models: readonly ModelInfo[], now: number): ModelChoice {
  const alive = models.filter((info) => !isEnding(info, now))
  const writing = alive.filter((info) => isForText(info))
  const text = writing.toSorted((one, other) => rank(other) - rank(one))[0]?.model ?? null
  const deciding = alive.filter(doesDecide).toSorted((one, other) => priceOf(one) - priceOf(other))[0]
  return { tasks: deciding?.model ?? text, text }
}

/** What is in memory already answers at once; what is quick by its name is cheap; the order of the list decides between equals. */
function rank(info: ModelInfo): number {
  return (info.loaded ? 2 : 0) + (quick.test(info.model.replace(/[_.]/g, '-')) ? 1 : 0)
}

function priceOf({ pricing }: ModelInfo): number {
  return pricing?.input ?? Number.POSITIVE_INFINITY
}

function isEnding({ deprecated, lifecycle, shutdownAt }: ModelInfo, now: number): boolean {
  const end = lifecycle?.shutdownAt ?? shutdownAt
  return deprecated === true || lifecycle?.deprecatedAt != null || (end != null && Date.parse(end) <= now)
}
