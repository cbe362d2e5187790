/** The values that an answer may hold: the schema asks for them, and what arrives is checked against them. */

export const scores = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
export const highestScore = 10
/** A short list is what a grammar can hold a model to; bounds of numbers it cannot. */
export const confidences = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1]

export const mostCategories = 4
export const mostSuggestions = 2
/** In characters. */
export const longestSuggestion = 80
export const longestReasoning = 600
