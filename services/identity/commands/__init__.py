"""Every change: one function, in the transaction of its caller, with its messages. None commits."""
