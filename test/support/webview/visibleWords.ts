import type { Panel } from './panel.ts'

/** Every text that a person sees or hears of the page: text, names, hints in empty fields, titles; through the roots of custom elements. */
export const visibleWords = ({ page }: Panel): Promise<string[]> => page.evaluate(collect)

const collect = `(() => {
  const words = new Set()
  const add = (text) => { const tidy = text?.replace(/\\s+/g, ' ').trim(); if (tidy) words.add(tidy) }
  const isData = (element) => element.closest?.('code, pre, textarea')
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE) { if (node.parentElement && !isData(node.parentElement)) add(node.data); return }
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (['SCRIPT', 'STYLE', 'TEMPLATE'].includes(node.tagName)) return
      for (const name of ['aria-label', 'aria-description', 'aria-valuetext', 'title', 'placeholder', 'alt']) add(node.getAttribute(name))
      if (node.shadowRoot) visit(node.shadowRoot)
    }
    for (const child of node.childNodes) visit(child)
  }
  visit(document.body)
  return [...words]
})()`

/** Texts of English among those: an English text of the bundle, or one that has the form of one and not of its German. */
export function findEnglish(words: readonly string[], bundle: Readonly<Record<string, string>>): string[] {
  const changed = Object.entries(bundle).filter(([english, translated]) => english !== translated)
  const plain = new Set(changed.filter(([english]) => !hasValues(english)).map(([english]) => tidy(english)))
  const translations = Object.values(bundle)
  const germanPlain = new Set(translations.filter((text) => !hasValues(text)).map(tidy))
  const german = translations.filter(hasWords).map(patternOf)
  const english = changed
    .map(([text]) => text)
    .filter(hasWords)
    .map(patternOf)
  return words.filter((text) => {
    if (germanPlain.has(text)) return false
    if (plain.has(text)) return true
    return english.some((pattern) => pattern.test(text)) && !german.some((pattern) => pattern.test(text))
  })
}

/** A language in which every text of the code is put in brackets, and its values are not. */
export function bracketed(bundle: Readonly<Record<string, string>>): Record<string, string> {
  const wrap = (part: string) => (/\p{L}/u.test(part) ? part.replace(/^(\s*)(.*?)(\s*)$/su, '$1⟦$2⟧$3') : part)
  const told = (text: string) =>
    text
      .split(/(\{\d+\})/)
      .map((part) => (/^\{\d+\}$/.test(part) ? part : wrap(part)))
      .join('')
  return Object.fromEntries(Object.keys(bundle).map((text) => [text, told(text)]))
}

/**
 * What of a page in that language no bundle has told: texts that were never given to one, and sentences that came as values.
 * `given`: what people and providers have said, which nobody translates.
 */
export function findUntold(words: readonly string[], given: readonly string[]): string[] {
  const longestFirst = [...given].sort((one, other) => other.length - one.length)
  return words.filter((text) => {
    const left = longestFirst.reduce((rest, name) => rest.replaceAll(name, ' '), text.replace(/⟦[^⟦⟧]*⟧/g, ' '))
    return /\p{L}{2}/u.test(left.replace(/https?:\/\/\S+|\b\S*\d\S*\b/g, ' '))
  })
}

const hasValues = (text: string) => /\{\d+\}/.test(text)
/** A text of values alone fits everything. */
const hasWords = (text: string) => hasValues(text) && /\p{L}{2}/u.test(text.replace(/\{\d+\}/g, ''))
const tidy = (text: string) => text.replace(/\s+/g, ' ').trim()

function patternOf(text: string): RegExp {
  const parts = tidy(text).split(/\{\d+\}/)
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 'u')
}
