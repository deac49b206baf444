"""What is told of a load: to its report by the results, and to the scope while it runs."""
