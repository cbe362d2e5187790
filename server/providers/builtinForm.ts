/**
 * What can be said of a text's quality without understanding it: how much it says and how it is written.
 * Never below 1 nor above 8: the ends of the scale need somebody who reads.
 */
export function judgeForm(text: string): { quality: number; told: string } {
  const plain = text.trim()
  const signs = formSigns.filter((sign) => sign.isThere(plain))
  const size = sizeOf(plain)
  const sum = signs.reduce((quality, sign) => quality + sign.worth, size.worth)
  const told = [size.told, ...signs.map((sign) => sign.told)].join(', ')
  return { quality: Math.min(8, Math.max(1, sum)), told }
}

function sizeOf(text: string): { worth: number; told: string } {
  if (text.length < 30) return { worth: 2, told: 'hardly any text' }
  if (text.length < 100) return { worth: 4, told: 'short' }
  if (text.length < 300) return { worth: 5, told: 'a paragraph' }
  return { worth: 6, told: 'detailed' }
}

const formSigns: { worth: number; told: string; isThere(text: string): boolean }[] = [
  {
    worth: 1,
    told: 'with a list or code',
    isThere: (text) => /```|^(?: {4}|\t)\S|^\s{0,3}(?:[-*]|\d{1,2}[.)])\s+\S/m.test(text),
  },
  {
    worth: 1,
    told: 'with versions, figures or file names',
    isThere: (text) =>
      /\d+[.,]\d|\d\s?(?:%|ms|s|MB|GB|KB)\b|\b\w+\.(?:ts|js|py|go|rs|java|log|json|ya?ml|c|cs)\b/.test(text),
  },
  { worth: -2, told: 'shouted', isThere: isShouted },
  { worth: -1, told: 'with rows of ! or ?', isThere: (text) => /[!?]{3}/.test(text) },
  {
    worth: -3,
    told: 'with words of advertising',
    isThere: (text) =>
      /\b(?:click here|buy now|100% free|act now|limited offer|subscribe now|free money|best price|promo code)\b/i.test(
        text,
      ),
  },
]

function isShouted(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  const capitals = text.match(/\p{Lu}/gu)?.length ?? 0
  return letters >= 20 && capitals > 0.6 * letters
}
