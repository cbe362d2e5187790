/** The part of the package that is used; it comes without types. */
declare module 'html-to-text' {
  export function compile(options: {
    wordwrap: false
    selectors: { selector: string; format?: string; options?: Record<string, unknown> }[]
    limits: { maxInputLength: number; maxDepth: number; ellipsis: string }
  }): (html: string) => string
}
