/** What was around a key when it was pasted, and is no part of it. */
export type AroundKey = 'name' | 'scheme' | 'quotes'

export interface PastedKey {
  key: string
  /** In the order in which it was taken away; empty: it was a key and nothing else. */
  removed: AroundKey[]
}

/** `OPENAI_API_KEY=…`, `export NAME=…`, `$env:NAME = …`, `"api_key": …`, `x-api-key: …`: only names that say that a key follows. */
const named = /^(?:export\s+|set\s+|\$env:)?["']?([A-Za-z_][\w-]*)["']?\s*[=:]\s*(\S.{7,})$/i
const namesOfKeys = /key|token|secret|authorization/i
const schemes = /^Bearer\s+(\S.*)$/i
const quoted = /^(["'`“”„‘’«»])(.+)["'`“”‘’«»][,;]?$/
/** Invisible characters that come along from web pages and chats. */
const invisible = /[\u200b-\u200d\u2060\ufeff]/g

/** A key as it was pasted, without what people copy along with it. */
export function cleanPastedKey(text: string): PastedKey {
  const removed: AroundKey[] = []
  let key = text.replace(invisible, '').trim()
  for (let before = ''; before !== key; ) {
    before = key
    const [, name = '', value] = named.exec(key) ?? []
    if (value !== undefined && namesOfKeys.test(name)) key = take('name', value)
    const scheme = schemes.exec(key)?.[1]
    if (scheme !== undefined) key = take('scheme', scheme)
    const within = quoted.exec(key)?.[2]
    if (within !== undefined) key = take('quotes', within)
  }
  return { key, removed }

  function take(what: AroundKey, rest: string): string {
    if (!removed.includes(what)) removed.push(what)
    return rest.trim()
  }
}
