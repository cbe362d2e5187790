/** Local servers that do not know a model's thinking marks leave the thoughts in front of the answer. They are no content. */
export function withoutThinking(text: string): string {
  return text.replace(/^\s*<think(?:ing)?>[\s\S]*?<\/think(?:ing)?>\s*/i, '')
}
