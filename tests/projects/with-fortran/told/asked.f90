! What the Fortran compiler takes for true of the machine; formatting needs its runtime.
integer(c_int) function asked_pointer() bind(c)
  use iso_c_binding, only: c_int, c_ptr, c_null_ptr, c_sizeof
  implicit none
  type(c_ptr) :: nothing
  nothing = c_null_ptr
  asked_pointer = int(c_sizeof(nothing), c_int)
end function

real(c_double) function asked_sum(count, values) bind(c)
  use iso_c_binding, only: c_double, c_int
  implicit none
  integer(c_int), value :: count
  real(c_double), intent(in) :: values(count)
  character(len=32) :: text
  write (text, '(f16.6)') sum(values)
  read (text, '(f16.6)') asked_sum
end function
