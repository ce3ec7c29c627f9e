/** Never uses MPI. */
console.log("plain program");
