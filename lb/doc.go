package lb
