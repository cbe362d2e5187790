/**
 * Whether a text is one complete JSON object or list, alone or in one code fence. Such an answer was not cut off, whatever reason a server
 * gives for its end: a token limit that is met exactly, or none at all.
 */
export function isWholeJson(text: string): boolean {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  const bare = /^```(?:json)?\s*\n([\s\S]*?)\n?\s*```$/i.exec(trimmed)?.[1]?.trim() ?? trimmed
  if (!/^[[{]/.test(bare)) return false
  try {
    JSON.parse(bare)
    return true
  } catch {
    return false
  }
}
