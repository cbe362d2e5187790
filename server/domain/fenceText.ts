/** Tag characters and variation selectors beyond Unicode's first plane: no person sees them, and models read words in them. */
const invisible = /[\u{E0000}-\u{E01EF}]/gu

/** What any of the replacements below begins with. */
const suspicious = /[^\P{Cc}\n\t]|\p{Surrogate}|[<[\]\u{E0000}-\u{E01EF}]/u

/** Harmless in a prompt: no lone surrogates (which are not text), no control or invisible characters, no role markup. */
export function neutralize(text: string): string {
  // Most texts have nothing of the kind, which one look shows.
  if (!suspicious.test(text)) return text
  return breakControlTokens(
    text
      .replace(/\p{Surrogate}/gu, '\uFFFD')
      .replace(invisible, '')
      .replace(/\r\n?/g, '\n')
      .replace(/[^\P{Cc}\n\t]/gu, ' '),
  )
}

/**
 * The text between two lines that carry `mark`. The mark is drawn anew for each run, so that no text can know it;
 * should it be in the text all the same, it is taken out, and so no text can close its fence.
 */
export function fenceText(key: string, text: string, mark: string): string {
  return `<<<ITEM ${key} ${mark}\n${withoutMark(neutralize(text), mark)}\nITEM ${key} ${mark}>>>`
}

/** A text that is alone in its prompt, between two lines that begin with `mark`: as safe, in fewer tokens. */
export function fenceAlone(text: string, mark: string): string {
  return `${mark} begins\n${withoutMark(neutralize(text), mark)}\n${mark} ends`
}

/** A pattern is only made where it is needed: hardly any text holds the mark. */
function withoutMark(text: string, mark: string): string {
  if (!text.toLowerCase().includes(mark.toLowerCase())) return text
  return text.replace(new RegExp(mark.replace(/[^A-Za-z0-9]/g, '\\$&'), 'gi'), '\uFFFD')
}

/**
 * Openers of what chat templates read as a change of role, a tool or an end. A local server may turn them into control tokens although
 * they came inside a message, so they are broken up by a space. Names that a person writes in brackets or as a tag stay as they are.
 */
const openers: readonly RegExp[] = [
  // ChatML, Llama 3, Phi, DeepSeek, gpt-oss, Cohere: <|name|>, with either bar; Gemma's <|turn> and <turn|>.
  /<[|｜](?=[^\s<>]{1,40}[|｜]>)/gu,
  /<[|｜](?=\/?[a-z][a-z0-9_]{1,30}>)/giu,
  /<(?=\/?[a-z][a-z0-9_]{1,30}[|｜]>)/giu,
  // EXAONE: [|name|]. Llama 2: <<SYS>>.
  /\[[|｜](?=[^\s[\]]{1,40}[|｜]\])/gu,
  /<<(?=\/?SYS>>)/giu,
  // Mistral: [INST], [SYSTEM_PROMPT], [TOOL_CALLS]; BERT and GLM: [CLS], [gMASK].
  /\[(?=\/?[A-Z]+(?:_[A-Z]+)+\])/gu,
  /\[(?=\/?(?:INST|SYS|SYSTEM|USER|ASSISTANT|TOOL|ARGS|THINK|IMG|AUDIO|BOS|EOS|PAD|UNK|CLS|SEP|[gs]?MASK|PREFIX|SUFFIX|MIDDLE)\])/giu,
  // MiniMax: ]~b]name and ]~!b[, [e~[.
  /\](?=~!?b[[\]])/giu,
  /\[(?=e~\[)/giu,
  // Gemma, Qwen, GLM, T5, Baichuan and what others take for their own: tags that no page has.
  /<(?=\/?(?:s|bos|eos|sop|eop|pad|unk|mask|system|user|assistant|human|bot|think|thinking|tools|tool_[a-z]+|function_[a-z]+|start_[a-z_]+|end_[a-z_]+|(?:bos|eos|pad|unk)_token|_[a-z]+|(?:unused|dummy|reserved_|reserved|extra_id_|special_)\d{1,6}|0x[0-9a-f]{2})>)/giu,
]

function breakControlTokens(text: string): string {
  return openers.reduce((result, opener) => result.replace(opener, (found) => `${found} `), text)
}
