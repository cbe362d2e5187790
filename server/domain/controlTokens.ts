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

export function breakControlTokens(text: string): string {
  return openers.reduce((result, opener) => result.replace(opener, (found) => `${found} `), text)
}
