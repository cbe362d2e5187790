/** What a model that reasons writes before its answer, in the words of the common chat templates. */
const thinking = 'think|thinking|thought|reasoning|reflection|scratchpad'
const endOfThinking = new RegExp(`</(?:${thinking})>|\\[/THINK\\]`, 'gi')
const startOfThinking = new RegExp(`<(?:${thinking})>|\\[THINK\\]`, 'i')
/** Channels that a server left in the text: only what stands in the last one is meant for the reader. */
const finalChannel = /<\|channel\|>\s*final[^<]*<\|message\|>/g
const otherChannel = /<\|channel\|>\s*(?:analysis|commentary)/

/** The part of an answer that is meant as one: without a byte order mark, and without thoughts, ended or not. */
export function answerPart(answer: string): string {
  const text = answer.replace(/^\uFEFF/, '')
  const channel = [...text.matchAll(finalChannel)].at(-1)
  if (channel) return text.slice(channel.index + channel[0].length).trim()
  if (otherChannel.test(text)) return ''
  const lastEnd = [...text.matchAll(endOfThinking)].at(-1)
  const rest = lastEnd ? text.slice(lastEnd.index + lastEnd[0].length) : text
  const opened = rest.search(startOfThinking)
  return (opened < 0 ? rest : rest.slice(0, opened)).trim()
}
