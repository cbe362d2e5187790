/**
 * What only the name of a model of OpenAI tells, wherever it is served. Models that reason refuse temperature and top_p,
 * and count their thoughts as output. gpt-5.1 to 5.x would take a temperature with effort "none" only, gpt-6 and later
 * never, so none of them is sent one (facts/providers.md §3).
 */
export function isReasoningName(model: string): boolean {
  return /^(ft:)?(o\d|gpt-([5-9]|\d\d))/.test(model) && !model.includes('-chat')
}

/** The least effort that the model knows. */
export function leastEffort(model: string): 'low' | 'minimal' | 'none' {
  if (/^(ft:)?o\d/.test(model)) return 'low'
  return /^(ft:)?gpt-5(-|$)/.test(model) ? 'minimal' : 'none'
}

/** Whether a name is one of a model that gives vectors, or text; undefined for sound, pictures and what nobody knows. */
export function typeOfName(id: string): 'embedding' | 'generation' | undefined {
  if (id.includes('embedding')) return 'embedding'
  const isText = /^(gpt-|o\d|chatgpt-|ft:)/.test(id) && !/(audio|realtime|tts|transcribe|image|search)/.test(id)
  return isText ? 'generation' : undefined
}
