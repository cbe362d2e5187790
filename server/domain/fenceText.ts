/**
 * Openers of markup that chat templates read as a change of role. A local server may turn them into control tokens
 * although they came inside a message, so they are broken up by a space.
 */
const roleMarkup =
  /<[|｜](?=[^\s<>]{1,40}[|｜]>)|<<(?=\/?SYS>>)|\[(?=\/?INST\])|<(?=\/?(?:s|bos|eos|system|user|assistant|think|start_of_turn|end_of_turn)>)/giu

/** Harmless in a prompt: no lone surrogates (which are not text), no control characters, no role markup. */
export function neutralize(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, ' ')
    .replace(roleMarkup, (opener) => `${opener} `)
}

/**
 * The text between two lines that carry `mark`. The mark is drawn anew for each call, so that no text can know it;
 * should it be in the text all the same, it is taken out, and so no text can close its fence.
 */
export function fenceText(key: string, text: string, mark: string): string {
  return `<<<ITEM ${key} ${mark}\n${withoutMark(neutralize(text), mark)}\nITEM ${key} ${mark}>>>`
}

/** All items of a call have one mark: its pattern is made once a call. */
let marked = { mark: '', pattern: /(?!)/g }

function withoutMark(text: string, mark: string): string {
  if (marked.mark !== mark) {
    marked = { mark, pattern: new RegExp(mark.replace(/[^A-Za-z0-9]/g, '\\$&'), 'gi') }
  }
  return text.replace(marked.pattern, '\uFFFD')
}
